import pytest

from distrilog.web.shared.free_text import personal


class TestPersonal:
    @pytest.mark.parametrize(
        "text",
        [
            "1 85 05 78 006 084 36",
            "dossier 285057800608436 joint",
            "2 85 05 2A 006 084",
        ],
    )
    def test_sees_a_health_number(self, text):
        assert "sécurité sociale" in personal(text)

    @pytest.mark.parametrize(
        "text",
        [
            "Pour Mme Durand, chambre 12",
            "Donné à M. Le Goff",
            "la patiente Martin en a besoin",
            "remis à Jeanne Dupont ce matin",
            "Colis ouvert par Élodie Lefèvre.",
        ],
    )
    def test_sees_a_name(self, text):
        assert "nom d’une personne" in personal(text)

    def test_sees_a_date_of_birth(self):
        assert "naissance" in personal("Monsieur né le 12/03/1931")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Un carton est arrivé ouvert. Deux boîtes écrasées.",
            "Le livreur n’avait pas le bon de livraison.",
            "Colis 352000000000000018 manquant",
            "Il manque 3 boîtes sur 12.",
            "Livré au mauvais quai. Le carton est humide.",
        ],
    )
    def test_lets_the_rest_be(self, text):
        assert personal(text) == ""
