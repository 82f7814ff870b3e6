"""
Every page and every operation × every role × every scope, against one table.

A route or an operation that the table does not name fails the suite: whoever adds one says here who may open it.
What the table says is then played: by the anonymous, by each role, on facilities inside and outside its scope.
"""

import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import distrilog.domain
from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import FACILITY_ROLES, GRANTS, Actor, Deed, Role, scope_of
from distrilog.domain.accounts.services import issue_token, revoke_profile
from distrilog.domain.orders import queries as order_queries, services as orders
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.quotas.models import Share
from distrilog.domain.quotas.queries import Preview, SharePreview
from distrilog.domain.quotas.rules import Reason
from distrilog.domain.resupply.models import Request, RequestLine
from distrilog.domain.shipping.models import Remark
from distrilog.kernel.refusals import Forbidden, Refusal
from tests.domain.orders.world import AT, World, build, give
from tests.domain.shipping.world import DespatchFactory, fulfilment_of, received
from tests.factories import (
    AddressFactory,
    DepartmentFactory,
    FacilityFactory,
    PlaceFactory,
    ProfileFactory,
    RegionFactory,
)
from tests.web.people import client_of


PUBLIC = "public"
AUTHENTICATED = "authenticated"  # any live token
SIGNED_IN = "signed-in"  # any profile in use
PERSON = "person"  # logged in, with or without a profile in use
PARTNER = "partner"  # a partner’s software, by its token and its signature: never a session

# route name → who may open it
PAGES: dict[str, str] = {
    "ready": PUBLIC,
    # login
    "login": PUBLIC,
    "login-explained": PUBLIC,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    "logout": PUBLIC,
    "profiles": PERSON,
    # facility
    "facility:home": PUBLIC,
    "facility:week": Deed.QUOTA_READ,
    "facility:order": Deed.ORDER_PLACE,
    "facility:check": Deed.ORDER_PLACE,
    "facility:send": Deed.ORDER_PLACE,
    "facility:orders": Deed.ORDER_READ,
    "facility:order-detail": Deed.ORDER_READ,
    "facility:amend": Deed.ORDER_PLACE,
    "facility:cancel": Deed.ORDER_PLACE,
    "facility:why": Deed.QUOTA_READ,
    "facility:sheet": Deed.FACILITY_READ,
    "facility:list": Deed.FACILITY_READ,
    "facility:facility": Deed.FACILITY_READ,
    "facility:messages": SIGNED_IN,
    "facility:message": SIGNED_IN,
    "facility:acknowledge": SIGNED_IN,
    "facility:keys": Deed.TOKEN_OWN,
    "facility:revoke": Deed.TOKEN_OWN,
    "facility:help": PUBLIC,
    "facility:accessibility": PUBLIC,
    "facility:topic": PUBLIC,
    "facility:facility-why": Deed.QUOTA_READ,
    "facility:training": SIGNED_IN,
    "facility:deliveries": Deed.RECEIPT_RECORD,
    "facility:parcel": Deed.RECEIPT_RECORD,
    "facility:receive": Deed.RECEIPT_RECORD,
    "facility:delivery": Deed.ORDER_READ,
    "facility:delivery-photo": Deed.CLAIM_READ,
    "facility:delivery-erase": Deed.RECEIPT_RECORD,
    "facility:delivery-note": Deed.ORDER_READ,
    "facility:delivery-labels": Deed.ORDER_READ,
    # declarations
    "declarations:declare": Deed.DECLARATION_MAKE,
    "declarations:send": Deed.DECLARATION_MAKE,
    "declarations:state": Deed.DECLARATION_MAKE,
    "declarations:offline": PUBLIC,
    "declarations:worker": PUBLIC,
    "declarations:history": Deed.DECLARATION_READ,
    "declarations:of-facility": Deed.DECLARATION_READ,
    "declarations:paper": Deed.DECLARATION_MAKE,
    "declarations:import": Deed.DECLARATION_MAKE,
    "declarations:model": Deed.DECLARATION_MAKE,
    "declarations:delegation": Deed.DECLARATION_DELEGATE,
    "declarations:delegation-end": Deed.DECLARATION_DELEGATE,
    # claims
    "claims:claims": Deed.CLAIM_READ,
    "claims:claim": Deed.CLAIM_READ,
    "claims:settle": Deed.CLAIM_SETTLE,
    # region
    "region:desk": Deed.REPORT_READ,
    "region:export": Deed.REPORT_READ,
    "region:report": Deed.REPORT_READ,
    "region:workbook": Deed.REPORT_READ,
    "region:choose": Deed.ORDER_FROM_POT,
    "region:order": Deed.ORDER_FROM_POT,
    # transparency
    "transparency:overview": PUBLIC,
    "transparency:method": PUBLIC,
    "transparency:reporting": PUBLIC,
    "transparency:practitioners": PUBLIC,
    "transparency:verify": PUBLIC,
    "transparency:run": PUBLIC,
    "transparency:export": PUBLIC,
    "transparency:statistics": PUBLIC,
    "transparency:statistics-table": PUBLIC,
    "transparency:cover-statistics": PUBLIC,
    "transparency:cover-table": PUBLIC,
    "transparency:replay": PUBLIC,
    "transparency:tables": PUBLIC,
    "transparency:tables-example": PUBLIC,
    "transparency:books": Deed.STOCK_READ,
    "transparency:journal": Deed.TRACE_READ,
    # stock
    "stock:overview": Deed.STOCK_READ,
    "stock:places": Deed.STOCK_READ,
    "stock:export": Deed.STOCK_READ,
    "stock:lot": Deed.STOCK_READ,
    "stock:block": Deed.STOCK_MANAGE,
    "stock:unblock": Deed.STOCK_MANAGE,
    "stock:write-off": Deed.STOCK_MANAGE,
    "stock:recall": Deed.RECALL_DECLARE,
    "stock:close-recall": Deed.RECALL_DECLARE,
    "stock:count": Deed.STOCK_MANAGE,
    "stock:purchases": Deed.STOCK_READ,
    "stock:purchase-plan": Deed.STOCK_MANAGE,
    "stock:purchase": Deed.STOCK_READ,
    "stock:transfers": Deed.STOCK_READ,
    "stock:transfer": Deed.STOCK_READ,
    "stock:continuity": Deed.OUTAGE_DECLARE,
    "stock:outage-end": Deed.OUTAGE_DECLARE,
    # cover
    "cover:picture": Deed.COVER_READ,
    "cover:export": Deed.COVER_READ,
    "cover:facilities": Deed.DECLARATION_READ,
    "cover:facilities-export": Deed.DECLARATION_READ,
    "cover:facility": Deed.DECLARATION_READ,
    "cover:completeness": Deed.COVER_READ,
    "cover:remind": Deed.REMINDER_SEND,
    "cover:repair": Deed.ACCOUNT_INVITE,
    "cover:thresholds": Deed.COVER_READ,
    "cover:difficulties": Deed.DECLARATION_READ,
    "cover:seen": Deed.COVER_READ,
    # resupply
    "resupply:requests": Deed.RESUPPLY_ASK,
    "resupply:ask": Deed.RESUPPLY_ASK,
    "resupply:request": Deed.RESUPPLY_READ,
    "resupply:withdraw": Deed.RESUPPLY_ASK,
    "resupply:receive": Deed.RECEIPT_RECORD,
    "resupply:aid": Deed.AID_LEND,
    "resupply:lend": Deed.AID_LEND,
    "resupply:stop-lending": Deed.AID_LEND,
    "resupply:answer": Deed.AID_LEND,
    "resupply:loan": Deed.RESUPPLY_READ,
    "resupply:note": Deed.RESUPPLY_READ,
    "resupply:hand-over": Deed.AID_LEND,
    "resupply:give-back": Deed.AID_LEND,
    "resupply:open": Deed.RESUPPLY_READ,
    "resupply:export": Deed.RESUPPLY_READ,
    "resupply:desk": Deed.RESUPPLY_READ,
    "resupply:decide": Deed.RESUPPLY_DECIDE,
    "resupply:seek": Deed.RESUPPLY_DECIDE,
    "resupply:refuse": Deed.RESUPPLY_DECIDE,
    "resupply:close": Deed.RESUPPLY_DECIDE,
    "resupply:cancel-part": Deed.RESUPPLY_DECIDE,
    "resupply:validate": Deed.RESUPPLY_VALIDATE,
    "resupply:hand-out": Deed.RESUPPLY_HAND_OUT,
    # regional
    "regional:situation": Deed.REGIONAL_READ,
    "regional:export": Deed.REGIONAL_READ,
    "regional:supplies": Deed.REGIONAL_READ,
    "regional:supply-new": Deed.REGIONAL_MANAGE,
    "regional:supply": Deed.REGIONAL_READ,
    "regional:plans": Deed.REGIONAL_READ,
    "regional:plan-new": Deed.REGIONAL_MANAGE,
    "regional:plan": Deed.REGIONAL_READ,
    "regional:issues": Deed.REGIONAL_READ,
    "regional:urgent": Deed.REGIONAL_MANAGE,
    "regional:direct": Deed.REGIONAL_MANAGE,
    "regional:release": Deed.REGIONAL_RELEASE,
    "regional:receivers": Deed.REGIONAL_READ,
    "regional:reinforcements": Deed.PLATFORM_RUN,
    # donors
    "donors:gifts": Deed.GIFT_READ,
    "donors:declare": Deed.GIFT_DECLARE,
    "donors:import": Deed.GIFT_DECLARE,
    "donors:export": Deed.GIFT_READ,
    "donors:withdraw": Deed.GIFT_DECLARE,
    # accounts
    "accounts:invitations": Deed.ACCOUNT_INVITE,
    # partners
    "operator-messages": PARTNER,
    "partners:exchanges": Deed.PARTNER_WATCH,
    "partners:sent": Deed.PARTNER_WATCH,
    "partners:replay-sent": Deed.PARTNER_WATCH,
    "partners:resend-refused": Deed.PARTNER_WATCH,
    "partners:received": Deed.PARTNER_WATCH,
    "partners:replay-received": Deed.PARTNER_WATCH,
    "partners:close-received": Deed.PARTNER_WATCH,
    "partners:stock": Deed.PARTNER_WATCH,
    "partners:stock-of": Deed.PARTNER_WATCH,
    "partners:post-difference": Deed.STOCK_MANAGE,
    # beneficiaries
    "beneficiaries:overview": Deed.PERIMETER_READ,
    "beneficiaries:referents": Deed.PERIMETER_READ,
    "beneficiaries:appoint": Deed.PERIMETER_MANAGE,
    "beneficiaries:referent-end": Deed.PERIMETER_MANAGE,
    "beneficiaries:attachments": Deed.PERIMETER_READ,
    "beneficiaries:attach": Deed.PERIMETER_MANAGE,
    "beneficiaries:sites": Deed.PERIMETER_READ,
    "beneficiaries:site-open": Deed.PERIMETER_MANAGE,
    "beneficiaries:site-close": Deed.PERIMETER_MANAGE,
    "beneficiaries:adaptations": Deed.PERIMETER_READ,
    "beneficiaries:adapt": Deed.PERIMETER_MANAGE,
    "beneficiaries:adaptation-end": Deed.PERIMETER_MANAGE,
    "beneficiaries:trainees": Deed.PERIMETER_READ,
    "beneficiaries:trainees-register": Deed.PERIMETER_MANAGE,
    "beneficiaries:trainees-end": Deed.PERIMETER_MANAGE,
    "beneficiaries:circuits": Deed.PERIMETER_READ,
    "beneficiaries:circuit-decide": Deed.CIRCUIT_MANAGE,
    "beneficiaries:circuit-end": Deed.CIRCUIT_MANAGE,
    "beneficiaries:terms": Deed.PERIMETER_READ,
    "beneficiaries:terms-decide": Deed.CIRCUIT_MANAGE,
    # plans
    "plans:plans": Deed.PLAN_READ,
    "plans:plan": Deed.PLAN_READ,
    "plans:export": Deed.PLAN_READ,
    "plans:why": Deed.PLAN_READ,
    "plans:desk": Deed.PLAN_READ,
    "plans:facility": Deed.PLAN_READ,
    "plans:own": Deed.PLAN_READ,
    "plans:ask": Deed.CHANGE_ASK,
    "plans:prepare": Deed.PLAN_PREPARE,
    "plans:abandon": Deed.PLAN_PREPARE,
    "plans:share": Deed.PLAN_SHARE,
    "plans:freeze": Deed.PLAN_SHARE,
    "plans:send": Deed.PLAN_SHARE,
    "plans:adjust": Deed.PLAN_ADJUST,
    "plans:effect": Deed.PLAN_ADJUST,
    "plans:requests": Deed.PLAN_ADJUST,
    "plans:answer": Deed.PLAN_ADJUST,
    "plans:urgent": Deed.EMERGENCY_PUSH,
    "plans:programmes": Deed.PROGRAMME_MANAGE,
    "plans:programme": Deed.PROGRAMME_MANAGE,
    "plans:enrol": Deed.PROGRAMME_MANAGE,
    "plans:programme-end": Deed.PROGRAMME_MANAGE,
    "plans:programme-prepare": Deed.PROGRAMME_MANAGE,
    # platform
    "platform:tour": Deed.PLATFORM_RUN,
    "platform:receive": Deed.PLATFORM_RUN,
    "platform:situation": Deed.PLATFORM_RUN,
    "platform:round": Deed.PLATFORM_RUN,
    "platform:hand-out-round": Deed.PLATFORM_RUN,
    "platform:explain": Deed.PLATFORM_RUN,
    "platform:site": Deed.PLATFORM_RUN,
    "platform:hand-out": Deed.PLATFORM_RUN,
    "platform:take-back": Deed.PLATFORM_RUN,
    "platform:incidents": Deed.INCIDENT_TELL,
    "platform:take-incident": Deed.INCIDENT_DEAL,
    "platform:close-incident": Deed.INCIDENT_DEAL,
    "platform:platforms": Deed.PERIMETER_READ,
    "platform:export": Deed.PERIMETER_READ,
    "platform:platform": Deed.PERIMETER_READ,
    "platform:settle": Deed.PLAN_ADJUST,
    "platform:watched-round": Deed.PERIMETER_READ,
    "platform:list": Deed.PERIMETER_READ,
    "platform:notes": Deed.PERIMETER_READ,
    "platform:note": Deed.PERIMETER_READ,
    # country
    "country:week": Deed.RUN_READ,
    # decisions
    "decisions:runs": Deed.RUN_READ,
    "decisions:run-prepare": Deed.RUN_PREPARE,
    "decisions:run": Deed.RUN_READ,
    "decisions:run-preview": Deed.RUN_PREPARE,
    "decisions:run-sign": Deed.RUN_SIGN,
    "decisions:run-publish": Deed.RUN_SIGN,
    "decisions:run-abandon": Deed.RUN_PREPARE,
    "decisions:run-replace": Deed.RUN_PREPARE,
    "decisions:regimes": Deed.REGIME_READ,
    "decisions:regime-prepare": Deed.REGIME_PREPARE,
    "decisions:regime": Deed.REGIME_READ,
    "decisions:regime-sign": Deed.REGIME_SIGN,
    "decisions:regime-withdraw": Deed.REGIME_PREPARE,
    "decisions:calendar": Deed.REGIME_READ,
    "decisions:doctrines": Deed.DOCTRINE_READ,
    "decisions:doctrine": Deed.DOCTRINE_READ,
    "decisions:doctrine-prepare": Deed.DOCTRINE_PREPARE,
    "decisions:doctrine-sign": Deed.DOCTRINE_SIGN,
    "decisions:doctrine-withdraw": Deed.DOCTRINE_PREPARE,
}
# The login’s own steps lead to the login: that is their answer, not a refusal.
LOGIN_STEPS = {"logout", "openid_connect_login", "openid_connect_callback"}

# How a page that sends nobody to the login says no.
SHUT: dict[str, set[int]] = {PARTNER: {401, 405}}

# Names a facility in its address and takes forms alone, or names a part of what it holds besides.
NOT_OPENED = {
    "plans:why",
    "resupply:withdraw",
    "resupply:decide",
    "resupply:seek",
    "resupply:cancel-part",
    # A flow’s reference, and the facilities of a round of which none was sent.
    "platform:receive",
    "platform:site",
    "platform:hand-out",
    "platform:take-back",
    "platform:note",
}

# Answers nothing but “ok”, before there is anybody to ask.
UNGUARDED = {"ready"}

# operation of the API → the deed it asks for
OPERATIONS: dict[str, str] = {
    "getMe": AUTHENTICATED,
    "listFacilities": Deed.FACILITY_READ,
    "getFacility": Deed.FACILITY_READ,
    "listQuotas": Deed.QUOTA_READ,
    "getNeed": Deed.FACILITY_READ,
    "listTerms": Deed.FACILITY_READ,
    "placeOrder": Deed.ORDER_PLACE,
    "listOrders": Deed.ORDER_READ,
    "getOrder": Deed.ORDER_READ,
    "amendOrder": Deed.ORDER_PLACE,
    "cancelOrder": Deed.ORDER_PLACE,
    "getFulfilment": Deed.ORDER_READ,
    "recordReceipt": Deed.RECEIPT_RECORD,
    "listPlans": Deed.PLAN_READ,
    "getPlan": Deed.PLAN_READ,
    "listPlanLines": Deed.PLAN_READ,
    "adjustPlan": Deed.PLAN_ADJUST,
    "listEndowments": Deed.PLAN_READ,
    "askChange": Deed.CHANGE_ASK,
    "listChanges": Deed.PLAN_ADJUST,
    "answerChange": Deed.PLAN_ADJUST,
    "prepareRun": Deed.RUN_PREPARE,
    "listRuns": Deed.RUN_READ,
    "getRun": Deed.RUN_READ,
    "previewRun": Deed.RUN_PREPARE,
    "signRun": Deed.RUN_SIGN,
    "publishRun": Deed.RUN_SIGN,
    "exportRun": Deed.RUN_READ,
    "listDeclarations": Deed.DECLARATION_READ,
    "getDeclaration": Deed.DECLARATION_READ,
    "declare": Deed.DECLARATION_MAKE,
    "getCover": Deed.DECLARATION_READ,
    "importDeclarations": Deed.DECLARATION_MAKE,
    "listDifficulties": Deed.DECLARATION_READ,
    "markDifficultySeen": Deed.COVER_READ,
    "getCoverPicture": Deed.COVER_READ,
    # And for `cover.read`: who declares sees its own facility.
    "listCoverFacilities": Deed.DECLARATION_READ,
    "exportCover": Deed.COVER_READ,
    "listGifts": Deed.GIFT_READ,
    "listPlatforms": Deed.PERIMETER_READ,
    "listFlows": Deed.PERIMETER_READ,
    "receiveFlow": Deed.PLATFORM_RUN,
    "listRoundSites": Deed.PERIMETER_READ,
    "handOut": Deed.PLATFORM_RUN,
    "takeBack": Deed.PLATFORM_RUN,
    "getSituation": Deed.PERIMETER_READ,
    "reportSituation": Deed.PLATFORM_RUN,
    "listIncidents": Deed.INCIDENT_TELL,
    "tellIncident": Deed.INCIDENT_TELL,
    "declareGift": Deed.GIFT_DECLARE,
    "withdrawGift": Deed.GIFT_DECLARE,
    "askResupply": Deed.RESUPPLY_ASK,
    "listResupply": Deed.RESUPPLY_READ,
    "listResupplyTasks": Deed.RESUPPLY_READ,
    "getResupply": Deed.RESUPPLY_READ,
    "withdrawResupply": Deed.RESUPPLY_ASK,
    "listResupplySources": Deed.RESUPPLY_DECIDE,
    "decideResupply": Deed.RESUPPLY_DECIDE,
    "refuseResupply": Deed.RESUPPLY_DECIDE,
    "answerResupply": Deed.AID_LEND,
    "validateResupply": Deed.RESUPPLY_VALIDATE,
    # Of a department’s store it asks for `resupply.hand-out`: played in the tests of the service.
    "handOverResupply": Deed.AID_LEND,
    "receiveResupply": Deed.RECEIPT_RECORD,
    "listLoans": Deed.RESUPPLY_READ,
    "returnLoan": Deed.AID_LEND,
    "getLender": Deed.AID_LEND,
    "agreeToLend": Deed.AID_LEND,
    "stopLending": Deed.AID_LEND,
    "getCapabilityStatement": AUTHENTICATED,
    "createInventoryReport": Deed.DECLARATION_MAKE,
    "searchInventoryReports": Deed.DECLARATION_READ,
    "readInventoryReport": Deed.DECLARATION_READ,
    "createSupplyRequest": Deed.RESUPPLY_ASK,
    "searchSupplyRequests": Deed.RESUPPLY_READ,
    "readSupplyRequest": Deed.RESUPPLY_READ,
    "createSupplyDelivery": Deed.RECEIPT_RECORD,
    "searchSupplyDeliveries": Deed.RESUPPLY_READ,
    "readSupplyDelivery": Deed.RESUPPLY_READ,
}
WRITING = {"post", "patch", "put"}
# A second deed that opens the same operation, on other rows.
ALSO = {"handOverResupply": Deed.RESUPPLY_HAND_OUT}
# Addresses under /api/ that anybody reads.
API_PUBLIC = {"openapi", "api-docs", "api:api-root"}
ORDERS = {"amendOrder", "cancelOrder"}
READ_BY_ROUTE = {"getOrder", "getFulfilment"}
OF_A_FACILITY = {
    *("getFacility", "listQuotas", "getNeed", "listTerms", "placeOrder", "recordReceipt"),
    *("listDeclarations", "getDeclaration", "declare", "getCover", "getResupply"),
    *("getLender", "agreeToLend", "stopLending", "listEndowments", "askChange"),
    *("searchInventoryReports", "searchSupplyRequests", "searchSupplyDeliveries"),
    *READ_BY_ROUTE,
    *ORDERS,
}

# What is done for one's own facility alone, whatever one sees.
OWN_ONLY = {Deed.ORDER_PLACE, Deed.DECLARATION_MAKE, Deed.AID_LEND}

# service → the deed it asks for itself, whoever calls it
SERVICES: dict[str, Deed] = {
    "accounts.issue_token": Deed.TOKEN_OWN,
    "accounts.revoke_token": Deed.TOKEN_OWN,
    "declarations.declare": Deed.DECLARATION_MAKE,
    "declarations.declare_gift": Deed.GIFT_DECLARE,
    "declarations.end_delegate": Deed.DECLARATION_DELEGATE,
    "declarations.enrol": Deed.ROLLOUT_MANAGE,
    "declarations.import_file": Deed.DECLARATION_MAKE,
    "declarations.import_gifts": Deed.GIFT_DECLARE,
    "declarations.let_off": Deed.ROLLOUT_MANAGE,
    # And for `declaration.read`: an auditor sees sums, no facility's difficulty.
    "declarations.mark_seen": Deed.COVER_READ,
    "declarations.name_delegate": Deed.DECLARATION_DELEGATE,
    "declarations.remind": Deed.REMINDER_SEND,
    "declarations.set_threshold": Deed.THRESHOLD_SET,
    "declarations.withdraw_gift": Deed.GIFT_DECLARE,
    "distribution.abandon": Deed.PLAN_PREPARE,
    "distribution.adjust": Deed.PLAN_ADJUST,
    "distribution.answer_change": Deed.PLAN_ADJUST,
    "distribution.ask_change": Deed.CHANGE_ASK,
    "distribution.decide_programme": Deed.PROGRAMME_MANAGE,
    "distribution.end_override": Deed.PERIMETER_MANAGE,
    "distribution.end_programme": Deed.PROGRAMME_MANAGE,
    "distribution.end_trainees": Deed.PERIMETER_MANAGE,
    "distribution.enrol_sites": Deed.PROGRAMME_MANAGE,
    "distribution.freeze": Deed.PLAN_SHARE,
    "distribution.prepare": Deed.PLAN_PREPARE,
    "distribution.prepare_programme": Deed.PROGRAMME_MANAGE,
    "distribution.push_at_once": Deed.EMERGENCY_PUSH,
    "distribution.register_trainees": Deed.PERIMETER_MANAGE,
    "distribution.send": Deed.PLAN_SHARE,
    "distribution.set_override": Deed.PERIMETER_MANAGE,
    "distribution.share": Deed.PLAN_SHARE,
    "distribution.close_incident": Deed.INCIDENT_DEAL,
    "distribution.explain_residual": Deed.PLATFORM_RUN,
    "distribution.hand_out": Deed.PLATFORM_RUN,
    "distribution.hand_out_all": Deed.PLATFORM_RUN,
    "distribution.hand_out_round": Deed.PLATFORM_RUN,
    "distribution.receive": Deed.PLATFORM_RUN,
    "distribution.receive_all": Deed.PLATFORM_RUN,
    "distribution.report_situation": Deed.PLATFORM_RUN,
    "distribution.settle": Deed.PLAN_ADJUST,
    "distribution.take_back": Deed.PLATFORM_RUN,
    "distribution.take_incident": Deed.INCIDENT_DEAL,
    "distribution.tell_incident": Deed.INCIDENT_TELL,
    "doctrines.prepare": Deed.DOCTRINE_PREPARE,
    "doctrines.sign": Deed.DOCTRINE_SIGN,
    "doctrines.withdraw": Deed.DOCTRINE_PREPARE,
    "facilities.appoint_referent": Deed.PERIMETER_MANAGE,
    "facilities.attach": Deed.PERIMETER_MANAGE,
    "facilities.close_site": Deed.PERIMETER_MANAGE,
    "facilities.end_circuit": Deed.CIRCUIT_MANAGE,
    "facilities.end_referent": Deed.PERIMETER_MANAGE,
    "facilities.open_site": Deed.PERIMETER_MANAGE,
    "facilities.set_circuit": Deed.CIRCUIT_MANAGE,
    "messages.broadcast": Deed.MESSAGE_SEND,
    "quotas.abandon": Deed.RUN_PREPARE,
    "quotas.prepare_replacement": Deed.RUN_PREPARE,
    "quotas.prepare": Deed.RUN_PREPARE,
    "quotas.preview": Deed.RUN_PREPARE,
    "quotas.publish": Deed.RUN_SIGN,
    "quotas.sign": Deed.RUN_SIGN,
    "regimes.prepare": Deed.REGIME_PREPARE,
    "regimes.set_terms": Deed.CIRCUIT_MANAGE,
    "regimes.set_window": Deed.REGIME_PREPARE,
    "regimes.sign": Deed.REGIME_SIGN,
    "regimes.withdraw": Deed.REGIME_PREPARE,
    "regional.abandon_lot_plan": Deed.REGIONAL_MANAGE,
    "regional.cancel_rest": Deed.REGIONAL_MANAGE,
    "regional.check_quality": Deed.REGIONAL_MANAGE,
    "regional.decide_lot_plan": Deed.REGIONAL_MANAGE,
    "regional.deliver_directly": Deed.REGIONAL_MANAGE,
    "regional.execute_plan": Deed.REGIONAL_MANAGE,
    "regional.execute_share": Deed.REGIONAL_MANAGE,
    "regional.issue_urgently": Deed.REGIONAL_MANAGE,
    "regional.prepare_lot_plan": Deed.REGIONAL_MANAGE,
    "regional.receive_supply": Deed.REGIONAL_MANAGE,
    "regional.register_receiver": Deed.REGIONAL_MANAGE,
    "regional.register_supply": Deed.REGIONAL_MANAGE,
    "regional.release": Deed.REGIONAL_RELEASE,
    "regional.split_part": Deed.REGIONAL_MANAGE,
    "regional.split_pro_rata": Deed.REGIONAL_MANAGE,
    "stock.allot": Deed.STOCK_MANAGE,
    "stock.block": Deed.STOCK_MANAGE,
    "stock.cancel_rest": Deed.STOCK_MANAGE,
    "stock.close_recall": Deed.RECALL_DECLARE,
    "stock.count": Deed.STOCK_MANAGE,
    "stock.plan_purchase": Deed.STOCK_MANAGE,
    "stock.recall": Deed.RECALL_DECLARE,
    "stock.receive_purchase": Deed.STOCK_MANAGE,
    "stock.set_threshold": Deed.STOCK_MANAGE,
    "stock.unblock": Deed.STOCK_MANAGE,
    "stock.write_off": Deed.STOCK_MANAGE,
    "shipping.declare_outage": Deed.OUTAGE_DECLARE,
    "shipping.end_outage": Deed.OUTAGE_DECLARE,
    "shipping.erase_remark": Deed.RECEIPT_RECORD,
    "shipping.recall_lot": Deed.RECALL_DECLARE,
    "shipping.receive": Deed.RECEIPT_RECORD,
    "shipping.settle_claim": Deed.CLAIM_SETTLE,
    "resupply.agree_to_lend": Deed.AID_LEND,
    "resupply.answer": Deed.AID_LEND,
    "resupply.ask": Deed.RESUPPLY_ASK,
    "resupply.cancel_part": Deed.RESUPPLY_DECIDE,
    "resupply.close_request": Deed.RESUPPLY_DECIDE,
    "resupply.decide": Deed.RESUPPLY_DECIDE,
    "resupply.give_back": Deed.AID_LEND,
    # Of a facility it asks for `aid.lend`: played in the tests of the service.
    "resupply.hand_over": Deed.RESUPPLY_HAND_OUT,
    "resupply.receive": Deed.RECEIPT_RECORD,
    "resupply.refuse": Deed.RESUPPLY_DECIDE,
    "resupply.seek": Deed.RESUPPLY_DECIDE,
    "resupply.stop_lending": Deed.AID_LEND,
    "resupply.validate": Deed.RESUPPLY_VALIDATE,
    "resupply.withdraw_request": Deed.RESUPPLY_ASK,
}
# Their deed depends on what is charged, whose message it is, or who does it: played one by one, below or with their app.
PLAYED = {
    "orders.place",
    "orders.amend",
    "orders.cancel",
    "messages.read",
    "regional.hand_out_share",
}

# role → which of the four facilities it sees
SEES: dict[Role, str] = {
    Role.ORDERER: "home",
    Role.DIRECTOR: "home",
    Role.PLATFORM: "home platform",
    Role.ARS: "home platform neighbour",
    Role.DELEGATION: "home platform",
    Role.NATIONAL_CELL: "home platform neighbour stranger",
    Role.NATIONAL_DUTY: "home platform neighbour stranger",
    Role.SPF: "home platform neighbour stranger",
    Role.OPERATOR: "home platform neighbour stranger",
    Role.CONSORTIUM: "",
    Role.PHARMACY: "",
    Role.WHOLESALER: "",
    Role.HEALTH_INSURANCE: "",
    Role.DONOR: "home platform neighbour",
    Role.AUDITOR: "home platform neighbour stranger",
}
PERIMETERS = {Role.ARS: "11", Role.DELEGATION: "75", Role.DONOR: "region:11"}


@dataclass(frozen=True)
class Operation:
    """One operation of the published document."""

    method: str
    path: str
    rule: str


@dataclass
class Country:
    """The world of orders, with a neighbour in the same region and an order in each region."""

    world: World
    facilities: dict[str, Any]
    references: dict[str, str]
    despatches: dict[str, str]
    pharmacy: Any

    def profile(self, role: Role) -> Profile:
        own = {Role.PLATFORM: self.facilities["platform"], Role.PHARMACY: self.pharmacy}
        return ProfileFactory(
            role=role,
            facility=own.get(role, self.facilities["home"]) if role in FACILITY_ROLES else None,
            perimeter=PERIMETERS.get(role, ""),
        )

    def actor(self, role: Role) -> Actor:
        facility = self.profile(role).facility
        registry = facility.registry if facility else ""
        territory = self.facilities["home"].attachments.get().territory_id
        return Actor(
            person=str(role),
            profile=0,
            role=role,
            scope=scope_of(
                role=role,
                perimeter=PERIMETERS.get(role, ""),
                registry=registry,
                territory=territory,
            ),
            facility_id=facility.pk if facility else None,
            registry=registry,
            region="11",
        )


@pytest.fixture
def country(db: None, monkeypatch: pytest.MonkeyPatch) -> Country:  # noqa: ARG001
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)
    world = build()
    _as_previewed(world)
    region = RegionFactory(code="11")
    neighbour = FacilityFactory(department=DepartmentFactory(code="92", region=region))
    AddressFactory(facility=neighbour)
    facilities = {
        "home": world.home,
        "platform": world.platform,
        "neighbour": neighbour,
        "stranger": world.stranger,
    }
    for each in facilities.values():
        _asked(each)
    references = {name: _order(world, each) for name, each in facilities.items()}
    return Country(
        world=world,
        facilities=facilities,
        references=references,
        despatches={name: _delivered(reference) for name, reference in references.items()},
        pharmacy=FacilityFactory(pharmacy=True),
    )


def _asked(facility: Any) -> None:
    """Write a request for urgent help of a facility."""
    request = Request.objects.create(
        reference=f"DEP-{facility.pk}",
        facility=facility,
        procedure="2020-10",
        urgency="days",
        words="Essai.",
        asked_by="somebody",
        asked_at=AT,
    )
    RequestLine.objects.create(request=request, family_id="surgical_mask", units=50, box_units=50)


def _as_previewed(world: World) -> None:
    """Give the run what its preview would have left: what pages read besides the quotas."""
    preview = Preview(
        week=world.run.week,
        facilities=4,
        served=4,
        against="",
        undivided={},
        shares=[_share(family) for family in world.families],
        regions=[],
        winners=[],
        losers=[],
        without=[],
    )
    world.run.fairness = preview.as_json()
    world.run.save()
    for family in world.families:
        Share.objects.get_or_create(
            run=world.run,
            family_id=family,
            source=PlaceFactory(),
            defaults={"envelope": 10_000, "box_units": 50},
        )


def _share(family: str) -> SharePreview:
    counts = dict.fromkeys((each.name for each in fields(SharePreview)), 0)
    told = {"level": [1, 1], "floors_short": False, "histogram": [0] * 10 + [4]}
    return SharePreview(**{**counts, **told, "family": family, "source": "operator"})


def _order(world: World, facility: Any) -> str:
    """Write an order of a facility and the quota it draws on."""
    order = Order.objects.create(
        reference=f"ORDER-{facility.pk}",
        facility=facility,
        week="2020-W45",
        address=facility.addresses.get(),
        route="operator",
        source="operator",
        promised_on=AT.date(),
        cut_off_at=AT + timedelta(days=1),
        placed_by="somebody",
        placed_at=AT,
    )
    Line.objects.create(order=order, family_id="surgical_mask", units=50, box_units=50)
    if not facility.quotas.exists():
        give(world.run, facility, "surgical_mask", 1_000)
    facility.quotas.filter(family="surgical_mask").update(ordered=500, reason=Reason.AT_LEVEL)
    return order.reference


def _delivered(reference: str) -> str:
    """Bring an order to the door, silence taken for an answer: its receipt may still be read and corrected."""
    fulfilment = fulfilment_of(Order.objects.get(reference=reference), answered_at=AT)
    despatch = DespatchFactory(fulfilment=fulfilment, delivered=True)
    Remark.objects.create(receipt=received(despatch, how="assumed"), text="Essai.", photo=b"jpeg")
    return despatch.reference


def routes(
    resolver: URLResolver | None = None, prefix: str = "", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, Any]]:
    """Yield every route: its full name, its address pattern, its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from routes(pattern, address, inner)
        elif isinstance(pattern, URLPattern):
            yield ":".join([*spaces, pattern.name or address]), address, pattern


def pages() -> dict[str, URLPattern]:
    return {name: pattern for name, address, pattern in routes() if not address.startswith("api/")}


def sample(country: Country, parameters: Any, *, facility: str = "home") -> dict[str, Any]:
    """Return arguments for an address: those of one of the four facilities where it names one."""
    known = {
        "registry": country.facilities[facility].registry,
        "reference": country.references[facility],
        "despatch": country.despatches[facility],
        "asked": f"DEP-{country.facilities[facility].pk}",
        "loan": "PRET-ESSAI",
        "part": 999_999_999,
        "family": "surgical_mask",
        "number": 999_999_999,
        "name": "commander",
        "page": "domaine",
        "kind": "csv",
        "provider_id": "plage",
        "territory": "AUCUN",
        "nature": "platform",
        "plan": 999_999_999,
        "incident": 999_999_999,
    }
    missing = set(parameters) - set(known)
    assert not missing, f"say in sample() what stands for {missing}"
    return {name: known[name] for name in parameters}


def address_of(country: Country, name: str, *, facility: str = "home") -> str:
    parameters = pages()[name].pattern.regex.groupindex or pages()[name].pattern.converters
    return reverse(name, kwargs=sample(country, parameters, facility=facility))


def to_login(response: Any) -> bool:
    return response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL)


def sees(role: Role, *, orders: bool = False) -> set[str]:
    """Return the facilities a role sees, or those whose orders it reads: all are the operator’s here."""
    return set() if orders and role is Role.SPF else set(SEES[role].split())


def own(role: Role) -> set[str]:
    """Return the facilities a role orders for."""
    found = {Role.ORDERER: "home", Role.DIRECTOR: "home", Role.PLATFORM: "platform"}
    return {found[role]} if role in found else set()


class TestPages:
    def test_all_have_a_rule(self):
        assert {name: PAGES.get(name) for name in pages()} == PAGES

    def test_carry_the_rule_of_the_table(self):
        carried = {name: getattr(page.callback, "rule", None) for name, page in pages().items()}
        assert {**carried, **dict.fromkeys(UNGUARDED, PUBLIC)} == PAGES

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_send_the_anonymous_to_the_login(self, country, method):
        client = Client()
        for name in PAGES.keys() - LOGIN_STEPS:
            answer = getattr(client, method)(address_of(country, name))
            # A page that only takes the other method may say that first.
            closed = to_login(answer) or answer.status_code in SHUT.get(PAGES[name], {405})
            assert closed or PAGES[name] == PUBLIC, name
            assert not to_login(answer) or PAGES[name] != PUBLIC, name

    def test_refuse_a_role_without_the_deed(self, country):
        answers = {}
        for role in Role:
            client = client_of(country.profile(role))
            for name, deed in PAGES.items():
                if isinstance(deed, Deed) and deed not in GRANTS[role]:
                    address = address_of(country, name)
                    status = client.post(address).status_code
                    status = client.get(address).status_code if status == 405 else status
                    answers[role, name] = status
        assert answers
        assert {key: status for key, status in answers.items() if status != 403} == {}

    def test_open_to_a_role_with_the_deed(self, country):
        answers = {}
        for role in Role:
            client = client_of(country.profile(role))
            for name, rule in PAGES.items():
                if self.names_a_facility(name):
                    continue
                if rule in GRANTS[role] or rule == SIGNED_IN:
                    answer = client.get(address_of(country, name))
                    answers[role, name] = 401 if to_login(answer) else answer.status_code
        assert answers
        refused = {key: status for key, status in answers.items() if status in {401, 403}}
        assert refused == {}

    def test_know_nothing_outside_the_scope(self, country):
        found, expected = {}, {}
        for role in Role:
            client = client_of(country.profile(role))
            for name, rule in PAGES.items():
                if not self.names_a_facility(name) or rule not in GRANTS[role]:
                    continue
                ordered = {"reference", "despatch"} & set(pages()[name].pattern.converters)
                visible = sees(role, orders=bool(ordered))
                for facility in country.facilities:
                    address = address_of(country, name, facility=facility)
                    found[role, name, facility] = self.word(client.get(address).status_code)
                    # Whoever orders sees a territory, and changes its own orders alone.
                    may = rule != Deed.ORDER_PLACE or facility in own(role)
                    word = "opens" if may else "refuses"
                    expected[role, name, facility] = word if facility in visible else "not found"
        assert found
        assert found == expected

    @staticmethod
    def names_a_facility(name: str) -> bool:
        named = {"registry", "reference", "despatch", "asked"}
        return name not in NOT_OPENED and bool(named & set(pages()[name].pattern.converters))

    @staticmethod
    def word(status: int) -> str:
        if status == 404:
            return "not found"
        return "opens" if status < 300 else "refuses"


@cache
def operations() -> dict[str, Operation]:
    """Return every operation of the published document, by its id."""
    document = Client().get("/api/v1/openapi.json").json()
    return {
        operation["operationId"]: Operation(
            method=method, path=path, rule=operation.get("x-rule", "")
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }


class Caller:
    """A system that holds a token."""

    def __init__(self, country: Country, role: Role, *, deeds: tuple[str, ...] = ()) -> None:
        self.country = country
        profile = country.profile(role)
        actor = actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=AT)
        assert actor is not None
        issued = issue_token(
            actor=actor, name="essai", expires_at=AT + timedelta(days=1), at=AT, deeds=deeds
        )
        self.profile = profile
        self.client = Client(headers={"authorization": f"Bearer {issued.secret}"})

    def ask(self, operation: Operation, *, facility: str = "home") -> int:
        return call(self.client, self.country, operation, facility=facility)


def call(client: Client, country: Country, operation: Operation, *, facility: str = "home") -> int:
    """Call an operation about one of the four facilities; return the status."""
    registry = country.facilities[facility].registry
    lines = [{"family": "surgical_mask", "units": 100}]
    units = {"units": 50}
    lines_stated = [{"family": "surgical_mask", "stock": 100}]
    bodies: dict[str, Any] = {
        "/flows/{flow}/receipt": {},
        "/hand-outs": {},
        "/hand-outs/cancellations": {"hand_outs": [1], "reason": "Essai."},
        "/situations/{week}": {"lines": lines_stated},
        "/platforms/{territory}/incidents": {"kind": "other", "words": "Essai."},
        "/change-requests/{request_id}/answer": {"take": True},
        "/orders": {"facility": registry, "lines": lines},
        "/receipts": {"despatch": country.despatches[facility]},
        "/orders/{reference}": {"lines": lines},
        "/quota-runs": {"week": "2020-W46", "envelopes": {"surgical_mask": 1_000}},
        "/declarations/{week}": {"lines": [{"family": "surgical_mask", "stock": 100}]},
        "/resupply": {"urgency": "days", "words": "Essai.", "lines": lines},
        "/decision": {"choices": [{"kind": "state", "line": 1, "units": 50}]},
        "/refusal": {"reason": "Essai."},
        "/answer": units,
        "/validation": {"accept": True},
        "/hand-over": units,
        "/receipt": units,
        "/return": units,
        "/lender": {},
        "/adjustments": {
            "territory": "AUCUN",
            "family": "surgical_mask",
            "changes": {registry: 50},
            "reason": "Essai.",
        },
        "/gifts": {
            "facility": registry,
            "family": "surgical_mask",
            "units": 100,
            "given_on": AT.date().isoformat(),
        },
        "/change-requests": {
            "facility": registry,
            "family": "surgical_mask",
            "units": 100,
            "reason": "Essai.",
        },
    }
    references = country.references
    if "/resupply/" in operation.path:
        references = {name: f"DEP-{each.pk}" for name, each in country.facilities.items()}
    path = operation.path.format(
        facility=registry,
        reference=references[facility],
        run="999999",
        week="2020-W45",
        part="999999",
        loan="PRET",
        difficulty="999999",
        gift="999999",
        plan="999999",
        flow="PUSH",
        territory="AUCUN",
        request_id="999999",
        identifier="DEP",
    )
    body = next((each for end, each in bodies.items() if operation.path.endswith(end)), None)
    sent = json.dumps(body) if body is not None and operation.method in WRITING else ""
    kind = "text/csv" if operation.path.endswith("/imports") else "application/json"
    query = f"?facility={registry}" if "/fhir/" in path else ""
    return client.generic(
        operation.method.upper(), path + query, sent, content_type=kind
    ).status_code


class TestOperations:
    def test_all_have_a_rule(self):
        assert {name: each.rule for name, each in operations().items()} == OPERATIONS

    def test_are_all_published(self):
        published = {each.path.lstrip("/") for each in operations().values()}
        served = {
            name: re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)
            for name, address, _pattern in routes()
            if address.startswith("api/") and name not in API_PUBLIC
        }
        assert {name: each for name, each in served.items() if each not in published} == {}

    def test_want_a_token(self, country):
        answers = {
            name: call(Client(), country, operation) for name, operation in operations().items()
        }
        assert set(answers.values()) == {401}, answers

    def test_refuse_a_role_without_the_deed(self, country):
        answers = {}
        for role in Role:
            caller = Caller(country, role)
            for name, operation in operations().items():
                opened = {OPERATIONS[name], ALSO.get(name)} & {*GRANTS[role], AUTHENTICATED}
                if not opened:
                    answers[role, name] = caller.ask(operation)
        assert answers
        # An order one may not see is not there, whatever one wanted to do with it.
        wrong = {
            (role, name): status
            for (role, name), status in answers.items()
            if status != 403
            and not (status == 404 and name in ORDERS and "home" not in sees(role, orders=True))
        }
        assert wrong == {}

    def test_know_nothing_outside_the_scope(self, country):
        found, expected = {}, {}
        for role in Role:
            Order.objects.update(status=Order.Status.PLACED)
            caller = Caller(country, role)
            for name, operation in operations().items():
                if OPERATIONS[name] not in GRANTS[role] or name not in OF_A_FACILITY:
                    continue
                visible = sees(role, orders=name in READ_BY_ROUTE)
                for facility in country.facilities:
                    status = caller.ask(operation, facility=facility)
                    found[role, name, facility] = status if status >= 300 else "opens"
                    may = OPERATIONS[name] not in OWN_ONLY or facility in own(role)
                    word = "opens" if may else 403
                    expected[role, name, facility] = word if facility in visible else 404
        assert found
        assert found == expected

    @pytest.mark.parametrize("role", [Role.ORDERER, Role.NATIONAL_CELL])
    def test_do_only_what_the_token_was_narrowed_to(self, country, role):
        caller = Caller(country, role, deeds=(Deed.QUOTA_READ,))
        answers = {name: caller.ask(operation) for name, operation in operations().items()}
        open_ones = {AUTHENTICATED, Deed.QUOTA_READ}
        assert answers == {
            name: 200 if rule in open_ones else 403 for name, rule in OPERATIONS.items()
        }

    def test_end_with_the_profile(self, country):
        caller = Caller(country, Role.NATIONAL_CELL)
        me = operations()["getMe"]
        assert caller.ask(me) == 200
        revoke_profile(profile_id=caller.profile.pk, at=AT)
        assert caller.ask(me) == 401


def services() -> dict[str, Any]:
    """Return every public service that takes an actor, by `app.name`."""
    found: dict[str, Any] = {}
    for app in pkgutil.iter_modules(distrilog.domain.__path__):
        try:
            module = import_module(f"distrilog.domain.{app.name}.services")
        except ModuleNotFoundError:
            continue
        for name, value in vars(module).items():
            if (
                inspect.isfunction(value)
                and not name.startswith("_")
                and value.__module__.startswith(module.__name__)
                and "actor" in inspect.signature(value).parameters
            ):
                found[f"{app.name}.{name}"] = value
    return found


class TestServices:
    def test_all_have_a_rule(self):
        assert set(services()) == set(SERVICES) | PLAYED

    @pytest.mark.django_db
    @pytest.mark.parametrize("name", SERVICES)
    def test_ask_for_their_deed_before_anything_else(self, name):
        service, deed = services()[name], SERVICES[name]
        dummies = {
            parameter.name: AT if parameter.name == "at" else None
            for parameter in inspect.signature(service).parameters.values()
            if parameter.default is parameter.empty
        }
        narrowed = Actor(
            person="x",
            profile=0,
            role=next(role for role in Role if deed in GRANTS[role]),
            scope=scope_of(role=Role.NATIONAL_CELL),
            deeds=frozenset(Deed) - {deed},
        )
        others = [
            Actor(person="x", profile=0, role=role, scope=scope_of(role=Role.NATIONAL_CELL))
            for role in Role
            if deed not in GRANTS[role]
        ]
        for actor in [narrowed, *others]:
            with pytest.raises(Forbidden):
                service(**{**dummies, "actor": actor})


class TestOrders:
    """The one service whose right is a place too: in one’s quota for oneself, from the pot for one’s region."""

    def outcomes(self, country: Country, act: Any) -> dict[tuple[Role, str], str]:
        """Play an action by each role on each facility; return what came of it."""
        found = {}
        for role in Role:
            for facility in country.facilities:
                try:
                    act(country.actor(role), facility)
                except Refusal as refusal:
                    found[role, facility] = refusal.slug
                else:
                    found[role, facility] = "done"
        return found

    def expected(self, role: Role, facility: str, *, deed: Deed, may: set[str]) -> str:
        if deed not in GRANTS[role]:
            return "forbidden"
        if facility not in sees(role):
            return "not-found"
        return "done" if facility in may else "forbidden"

    def test_are_placed_for_oneself_only(self, country):
        def place(actor: Actor, facility: str) -> None:
            registry = country.facilities[facility].registry
            demand = country.world.demand({"surgical_mask": 50}, registry=registry)
            orders.place(actor=actor, demand=demand, at=AT)

        assert self.outcomes(country, place) == {
            (role, facility): self.expected(role, facility, deed=Deed.ORDER_PLACE, may=own(role))
            for role in Role
            for facility in country.facilities
        }

    def test_are_drawn_from_the_pot_by_the_agency_of_the_region_only(self, country):
        def place(actor: Actor, facility: str) -> None:
            registry = country.facilities[facility].registry
            demand = country.world.pot_demand({"surgical_mask": 50}, registry=registry)
            orders.place(actor=actor, demand=demand, at=AT)

        assert self.outcomes(country, place) == {
            (role, facility): self.expected(
                role, facility, deed=Deed.ORDER_FROM_POT, may=sees(role)
            )
            for role in Role
            for facility in country.facilities
        }

    def test_are_cancelled_by_their_own_facility_only(self, country):
        def cancel(actor: Actor, facility: str) -> None:
            orders.cancel(actor=actor, reference=country.references[facility], at=AT)

        assert self.outcomes(country, cancel) == {
            (role, facility): "not-found"
            if facility not in sees(role)
            else "done"
            if facility in own(role)
            else "forbidden"
            for role in Role
            for facility in country.facilities
        }

    def test_are_read_in_the_scope_and_on_the_route_only(self, country):
        def read(actor: Actor, facility: str) -> None:
            reference = country.references[facility]
            order_queries.get(reference=reference, scope=actor.scope, route=actor.route)

        PlaceFactory(spf=True)
        Order.objects.filter(reference=country.references["stranger"]).update(source="spf")
        served = {Role.SPF: {"stranger"}, Role.OPERATOR: {"home", "platform", "neighbour"}}
        assert self.outcomes(country, read) == {
            (role, facility): "done"
            if facility in sees(role) & served.get(role, {*country.facilities})
            else "not-found"
            for role in Role
            for facility in country.facilities
        }
