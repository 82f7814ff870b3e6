"""Names, streets and telephone numbers that belong to nobody."""

from random import Random


# Trees, flowers, water, landscapes: no person, no saint, no brand.
WORDS = [
    "l’Alisier",
    "les Acacias",
    "les Ajoncs",
    "les Alouettes",
    "les Amandiers",
    "les Ardoises",
    "l’Aubépine",
    "les Aulnes",
    "la Baie",
    "les Bleuets",
    "le Bocage",
    "les Bouleaux",
    "la Brise",
    "la Bruyère",
    "les Camélias",
    "les Capucines",
    "la Cascade",
    "les Cèdres",
    "les Cerisiers",
    "les Charmes",
    "les Châtaigniers",
    "les Chênes",
    "les Cigales",
    "la Clairière",
    "les Collines",
    "les Coquelicots",
    "le Coteau",
    "les Cyprès",
    "les Dunes",
    "l’Écluse",
    "les Églantines",
    "l’Érable",
    "l’Étang",
    "les Figuiers",
    "la Fontaine",
    "la Forêt",
    "les Fougères",
    "les Fresnes",
    "les Galets",
    "la Garrigue",
    "les Genêts",
    "les Glycines",
    "les Hêtres",
    "les Hirondelles",
    "les Hortensias",
    "l’Horizon",
    "les Iris",
    "les Jonquilles",
    "le Lac",
    "la Lande",
    "les Lauriers",
    "la Lavande",
    "les Lilas",
    "la Lisière",
    "les Magnolias",
    "le Marais",
    "les Marguerites",
    "les Marronniers",
    "les Mélèzes",
    "les Mésanges",
    "les Mimosas",
    "le Moulin",
    "les Mûriers",
    "les Myrtilles",
    "les Narcisses",
    "les Noisetiers",
    "les Noyers",
    "les Oliviers",
    "l’Orée",
    "les Ormes",
    "les Pâquerettes",
    "les Pervenches",
    "les Peupliers",
    "les Pins",
    "les Platanes",
    "le Pont",
    "la Prairie",
    "les Primevères",
    "le Rivage",
    "les Roseaux",
    "la Roseraie",
    "le Ruisseau",
    "les Sapins",
    "les Saules",
    "la Source",
    "les Sorbiers",
    "les Sureaux",
    "les Tamaris",
    "les Tilleuls",
    "les Tourterelles",
    "le Vallon",
    "la Vallée",
    "le Verger",
    "les Vignes",
    "les Violettes",
]
HEADS = ("", "", "", "le Clos", "le Domaine", "le Jardin", "le Parc", "le Val")
OF = {"le ": "du ", "la ": "de la ", "les ": "des "}
ROADS = ("rue", "avenue", "chemin", "allée", "route")
RECEIVING_HOURS = (
    "Du lundi au vendredi, 8 h – 12 h et 13 h 30 – 16 h 30",
    "Du lundi au vendredi, 9 h – 12 h",
    "Du lundi au vendredi, 7 h 30 – 15 h 30",
    "Lundi, mercredi et vendredi, 8 h 30 – 16 h",
    "Du lundi au samedi, 8 h – 12 h",
    "Du mardi au vendredi, 9 h – 17 h",
)
GOODS_IN = "Réception marchandises"
# The regulator (Arcep) keeps these for works of fiction: they ring nowhere.
FICTION = ("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49")
FICTION_BY_REGION = {
    **dict.fromkeys(["11"], 0),
    **dict.fromkeys(["24", "28", "52", "53", "04", "06"], 1),
    **dict.fromkeys(["27", "32", "44"], 2),
    **dict.fromkeys(["84", "93", "94"], 3),
    **dict.fromkeys(["75", "76", "01", "02", "03"], 4),
}


def place_name(draw: Random) -> str:
    """Return a name of a place with its article: `les Tilleuls`, `le Clos des Tilleuls`."""
    head, word = draw.choice(HEADS), draw.choice(WORDS)
    return f"{head} {of(word)}" if head else word


def of(name: str) -> str:
    """Return a name with its article after *de*: `des Tilleuls`, `du Clos des Tilleuls`."""
    article, _, rest = name.partition(" ")
    return OF[f"{article} "] + rest if rest and f"{article} " in OF else f"de {name}"


def titled(name: str) -> str:
    """Return a name with a capital article: `Les Tilleuls`."""
    return name[0].upper() + name[1:]


def street(draw: Random) -> str:
    """Return a street that may well exist nowhere: `12 rue des Tilleuls`."""
    return f"{draw.randint(1, 120)} {draw.choice(ROADS)} {of(draw.choice(WORDS))}"


def phone(draw: Random, *, region: str) -> str:
    """Return a number of the range for fiction of a region."""
    digits = f"{draw.randrange(10_000):04d}"
    return f"{FICTION[FICTION_BY_REGION[region]]} {digits[:2]} {digits[2:]}"
