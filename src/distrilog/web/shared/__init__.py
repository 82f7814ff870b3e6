"""
What every journey shares: base template, rights, French formats, components.

How to add a page
-----------------
View (`web/<journey>/views.py`), always guarded, always named::

    @needs(Deed.REPORT_READ)                 # or PUBLIC, or SIGNED_IN (web.shared.rights)
    def week(request: ActorRequest) -> HttpResponse:
        rows = queries.something(scope=request.actor.scope, at=clock.now())
        return render(request, "region/week.html", {"rows": rows})

`needs` writes `view.rule` (the route × role test reads it), sends the anonymous to the login, runs GET
and HEAD so that they cannot write to the database, and turns any `Refusal` that escapes into a page with
its status. In a POST, catch the refusal, and show it at the fields: `add_faults(form, refusal)` of
`web.shared.forms`, or give `refusal` to the template and `{% include "shared/error.html" %}`. Then redirect.

Routes: `app_name = "<journey>"` in `web/<journey>/urls.py`, French paths, included by `web/urls.py`. Entries of
the main menu: `web/shared/navigation.py`.

Template: `{% extends "shared/base.html" %}{% load distrilog %}`, blocks `title`, `head`, `breadcrumb`, `content`, `scripts`.
Write each page's own `<h1>` in `content`. Templates are found through the journey's `templates/<journey>/` folder, declared
by `web/apps.py` through `config.settings` (`TEMPLATES["DIRS"]`): see `web.shared.folders`.

No inline `style=` and no `on…=`: the content policy drops them. A width in a picture is an SVG attribute.
Numbers: the settings group digits everywhere, so write `{{ n|number }}` in text and `{{ n|plain }}` in attributes.

Words of `{% load distrilog %}`: filters `number`, `plain`, `percent`, `day`, `short_day`, `moment`, `clock`, `week_name`,
`in_boxes:family` (« 4 boîtes (200 masques) »); tags `{% quota_bar cap ordered family %}`, `{% stepper … %}`, `{% icon "ffp2" %}`,
`{% share_bar part whole label %}`.
Includes: `shared/field.html` (field=form.x), `shared/forms.html` (form), `shared/error.html` (form and/or refusal),
`shared/empty.html` (title, text), `shared/table.html` (caption, headers, rows of cells).
Classes of our own: `dl-card`, `dl-grid`, `dl-panel`, `dl-lead`, `dl-figures` (big numbers), `dl-table` in a `dl-scroll`
(`role="region" tabindex="0" aria-label=…`), `dl-num` (right-aligned), `dl-tag dl-tag--tension|routine|good|late`, plus DSFR's `fr-*`.
"""
