"""Routes of the stock, and of continuity."""

from django.urls import path

from distrilog.web.stock.views import (
    continuity,
    counting,
    lots,
    overview,
    places,
    purchases,
    transfers,
)


app_name = "stock"
urlpatterns = [
    path("stock/", overview.overview, name="overview"),
    path("stock/lieux/", places.places, name="places"),
    path("stock/lieux/lots.<str:name>", places.export, name="export"),
    path("stock/lots/<int:number>/", lots.lot, name="lot"),
    path("stock/lots/<int:number>/bloquer/", lots.block, name="block"),
    path("stock/lots/<int:number>/debloquer/", lots.unblock, name="unblock"),
    path("stock/lots/<int:number>/sortir/", lots.write_off, name="write-off"),
    path("stock/lots/<int:number>/rappeler/", lots.recall, name="recall"),
    path("stock/lots/<int:number>/clore-rappel/", lots.close_recall, name="close-recall"),
    path("stock/inventaire/", counting.count, name="count"),
    path("stock/achats/", purchases.purchases, name="purchases"),
    path("stock/achats/nouveau/", purchases.plan, name="purchase-plan"),
    path("stock/achats/<int:number>/", purchases.purchase, name="purchase"),
    path("stock/transferts/", transfers.transfers, name="transfers"),
    path("stock/transferts/<int:number>/", transfers.transfer, name="transfer"),
    path("continuite/", continuity.continuity, name="continuity"),
    path("continuite/<int:number>/fin/", continuity.end, name="outage-end"),
]
