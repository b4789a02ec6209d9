# SPDX-License-Identifier: Apache-2.0
"""cloud_foundry: a twin of Cloud Foundry's API (v3), its UAA, and the broker of SAP's it-rt, on loopback.

  cloud_foundry.py FOLDER [PEM]     writes FOLDER/port when it listens; with PEM it speaks TLS

Each answer names its source in X-Twin-Source:
  REC  a recorded answer of a real platform (go-vcr cassettes of terraform-provider-cloudfoundry)
  DOC  the API's documentation (cloud_controller_ng, docs/v3), UAA's
  SAP  SAP Help (CC BY 4.0): it-rt parameters, one certificate once, client_x509
  INF  inferred; no evidence
"""
import base64
import json
import re
import subprocess
import time
import uuid
from urllib.parse import parse_qs, unquote

import twin
from twin import Answer

USERS = {"tenant-ops": "correct horse"}
CLIENTS = {"cf": "", "ops-client": "client secret"}
ORGANIZATIONS = ("acme", "Acme, Inc. 100%+")


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def error(status, title, code, detail, source):
    return Answer(status, {"errors": [{"detail": detail, "title": title, "code": code}]}, source)


class Keys(dict):
    """guid -> key, and those of a name without going through all."""

    def __init__(self):
        super().__init__()
        self.named = {}

    def __setitem__(self, guid, key):
        super().__setitem__(guid, key)
        self.named.setdefault(key["name"], {})[guid] = key

    def pop(self, guid, otherwise=None):
        key = super().pop(guid, otherwise)
        if key is not otherwise:
            self.named[key["name"]].pop(guid)
        return key

    def of_names(self, names):
        return [key for name in names for key in self.named.get(name, {}).values()] if names else list(self.values())


class CloudFoundry(twin.Twin):
    token_life_s = 1199  # REC
    token_uses = 10**9   # so many requests, then 401: a token that ends early
    job_polls = 1        # how often a job is still at work before it is done
    fails = ""           # a job of such an operation fails: "service_keys.create", "service_instance.create"
    quota = 0            # so many instances in the organization, 0: any number
    may_create = True    # the user is a Space Developer, not an auditor
    brokers = 1          # how many offer the plans
    rate_limit = 0       # requests, then 429
    grants = ["client_credentials"]
    roles = ["ESBMessaging.send", "Orders.Submit"]
    offering = "it-rt"
    tells_parameters = True
    names_guids = False  # guids follow from names: the same requests can be made again after a reset
    instance_state = "succeeded"
    # How its answers are written, where real platforms differ. Words, joined by a blank:
    #   relative    Location without scheme and host (RFC 9110 allows it)
    #   alias       links under another name and scheme of the API, as behind a gateway that speaks TLS
    #   forgets     a job that is over is 404: they are purged [DOC]
    #   at-once     a write is done when it is answered: 201 with the key, 204 without a body
    #   silent      202 without Location
    #   polling     jobs are POLLING before PROCESSING [DOC]
    #   sparse      null where it may be; further members; warnings
    #   one-a-page  a page has one element, whatever was asked for
    shape = ""
    gateway = 0          # so many GETs of /v3 are answered by a gateway that has lost the way: 404, HTML
    at_work = 0          # so many writes are refused with an operation in progress
    limit_by = "Retry-After"

    def __init__(self, folder, pem=None):
        for name in [name for name in vars(self) if hasattr(CloudFoundry, name) and name not in ("patience_s", "names_guids")]:
            delattr(self, name)  # a reset: what was set is as in the beginning
        super().__init__(folder, pem)
        self.tokens, self.uses, self.refresh, self.logons = {}, {}, set(), []
        self.jobs, self.keys, self.effects, self.late = {}, Keys(), [], []
        self.unfinished = {}  # the jobs that are not over: with a thousand keys a look at all of them is dear
        self.requests = 0
        self.org = self.guid("organization")
        self.space = self.guid("space")
        self.plan_flow, self.plan_api = self.guid("plan integration-flow"), self.guid("plan api")
        self.instances = {}
        self.pair = None
        self.orders = self.add_instance("inbound-orders", self.plan_flow)
        for name in ("shop-generated", "shop-external", "shop-secret"):  # made by hand, before renew
            self.add_key(name)
        self.add_instance("administration", self.plan_api)

    # ---- the platform's things ----
    def control(self, request):
        """Beside those of Twin: POST /twin/key {"name"[,"certificate"][,"instance"]}: a key that a person has made; POST
        /twin/instance {"name"[,"plan"][,"parameters"]}: an instance; {"name","gone":true}: there is none."""
        if request.path not in ("/twin/key", "/twin/instance"):
            return super().control(request)
        body = json.loads(request.body)
        with self.lock:
            if request.path == "/twin/key":
                self.add_key(body["name"], body.get("certificate"), body.get("instance"))
            elif body.get("gone"):
                for one in [one for one in self.instances.values() if one["name"] == body["name"]]:
                    self.drop_instance(one["guid"])
            else:
                one = self.instances[self.add_instance(body["name"], getattr(self, body.get("plan", "plan_flow")))]
                one["parameters"] = body.get("parameters")
        return Answer(200, {})

    def add_key(self, name, certificate=None, instance=None):
        home = [one["guid"] for one in self.instances.values() if one["name"] == instance] or [self.orders]
        for key in self.keys.of_names([name]):
            self.keys.pop(key["guid"])
        guid = self.guid("key " + name)
        held = {"certificate": certificate} if certificate else {}
        self.keys[guid] = {"guid": guid, "name": name, "instance": home[0], "created_at": now(),
                           "state": "succeeded", "operation": "create", "labels": {}, "annotations": {},
                           "credentials": {"oauth": dict(held, clientid="old")},
                           "parameters": {"X.509": certificate} if certificate else {}}

    def guid(self, what):
        return str(uuid.uuid5(uuid.NAMESPACE_OID, what) if self.names_guids else uuid.uuid4())

    def add_instance(self, name, plan):
        guid = self.guid("instance " + name)
        self.instances[guid] = {"guid": guid, "name": name, "plan": plan, "created_at": now(), "state": None,
                                "operation": "create", "labels": {}, "annotations": {}, "parameters": None}
        return guid

    def parameters_of(self, one):
        """Those of the instances that are there from the beginning can be set."""
        return {"grant-types": self.grants, "roles": self.roles} if one["parameters"] is None else one["parameters"]

    def state(self):
        return {"keys": [dict(key, credentials=None) for key in self.keys.values()], "effects": self.effects,
                "logons": self.logons, "requests": self.requests, "instances": list(self.instances.values())}

    def is_like(self, word):
        return word in self.shape.split()

    def link(self, path):
        return {"href": ("http://api.elsewhere.example" if self.is_like("alias") else self.base) + path}

    def show_instance(self, one):
        return {"guid": one["guid"], "created_at": one["created_at"], "updated_at": one["created_at"],
                "name": one["name"], "tags": [],
                "last_operation": {"type": one["operation"], "state": one["state"] or self.instance_state,
                                   "description": one.get("description", ""),
                                   "updated_at": one["created_at"], "created_at": one["created_at"]},
                "type": "managed", "maintenance_info": {}, "upgrade_available": False, "dashboard_url": None,
                "relationships": {"space": {"data": {"guid": self.space}},
                                  "service_plan": {"data": {"guid": one["plan"]}}},
                "metadata": {"labels": one["labels"], "annotations": one["annotations"]},
                "links": {"self": self.link("/v3/service_instances/" + one["guid"])}}

    def show_key(self, key):
        guid = key["guid"]
        shown = self.whole_key(key, guid)
        if self.is_like("sparse"):
            shown.update(tags=None, revision={"version": 7}, last_operation=dict(shown["last_operation"], maintenance=None))
        return shown

    def whole_key(self, key, guid):
        return {"guid": guid, "created_at": key["created_at"], "updated_at": key["created_at"],
                "name": key["name"], "type": "key",
                "last_operation": {"state": key["state"], "description": key.get("description"),
                                   "type": key["operation"], "updated_at": key["created_at"],
                                   "created_at": key["created_at"]},
                "metadata": {"labels": key["labels"], "annotations": key["annotations"]},
                "relationships": {"service_instance": {"data": {"guid": key["instance"]}}},
                "links": {"self": self.link("/v3/service_credential_bindings/" + guid),
                          "details": self.link("/v3/service_credential_bindings/" + guid + "/details")}}

    def page(self, request, things, source):
        size, number = int(request.first("per_page", "50")), int(request.first("page", "1"))
        size = 1 if self.is_like("one-a-page") else size
        pages = max(1, (len(things) + size - 1) // size)

        def at(page):
            rest = re.sub(r"[?&]page=\d+", "", request.target)
            return self.link("%s%spage=%d" % (rest, "&" if "?" in rest else "?", page))

        return Answer(200, {"pagination": {"total_results": len(things), "total_pages": pages, "first": at(1),
                                           "last": at(pages), "next": at(number + 1) if number < pages else None,
                                           "previous": at(number - 1) if number > 1 else None},
                            "resources": things[(number - 1) * size: number * size]}, source)

    # ---- UAA ----
    def token(self, request):
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        kind = form.get("grant_type", "")
        login = base64.b64decode(request.headers.get("authorization", "Basic Og==").split()[1]).decode()
        client, _, secret = login.partition(":")
        self.logons.append(kind)
        denied = Answer(401, {"error": "unauthorized", "error_description": "Bad credentials"}, "DOC UAA")
        if CLIENTS.get(client) != secret:
            return denied
        if kind == "password" and USERS.get(form.get("username")) != form.get("password"):
            return denied
        if kind == "refresh_token" and form.get("refresh_token") not in self.refresh:
            return Answer(401, {"error": "invalid_token", "error_description": "expired"}, "DOC UAA")
        if kind == "client_credentials" and client == "cf":
            return denied
        if kind.endswith("jwt-bearer") and form.get("assertion") != "signed.by.idp":
            return Answer(401, {"error": "invalid_token", "error_description": "assertion"}, "DOC UAA")
        if kind not in ("password", "refresh_token", "client_credentials",
                        "urn:ietf:params:oauth:grant-type:jwt-bearer"):
            return Answer(400, {"error": "unsupported_grant_type"}, "DOC UAA")
        token = uuid.uuid4().hex
        self.tokens[token] = time.time() + self.token_life_s
        self.uses[token] = self.token_uses
        body = {"access_token": token, "token_type": "bearer", "id_token": "x", "expires_in": self.token_life_s,
                "scope": "cloud_controller.read cloud_controller.write openid", "jti": uuid.uuid4().hex}
        if kind != "client_credentials":  # REC: of an assertion too
            body["refresh_token"] = uuid.uuid4().hex + "-r"
            self.refresh.add(body["refresh_token"])
        return Answer(200, body, "REC datasource_service_plan.yaml#1")

    def is_known(self, request):
        word = request.headers.get("authorization", "").partition("earer ")[2]
        self.uses[word] = self.uses.get(word, 0) - 1
        return self.uses[word] >= 0 and self.tokens[word] > time.time()

    # ---- requests ----
    def handle(self, request):
        self.requests += 1
        if request.path == "/":
            own = {"href": self.base}
            return Answer(200, {"links": {"self": own, "credhub": None,
                                          "cloud_controller_v3": dict(self.link("/v3"), meta={"version": "3.188.0"}),
                                          "login": own, "uaa": own}}, "REC provider.access_token.yaml#0")
        if request.path == "/oauth/token":
            return self.token(request)
        if not self.is_known(request):
            return error(401, "CF-InvalidAuthToken", 1000, "Invalid Auth Token", "DOC")
        if self.rate_limit and self.requests > self.rate_limit:
            self.rate_limit = 0
            answer = error(429, "CF-RateLimitExceeded", 10013, "Rate Limit Exceeded", "DOC")
            now_s = int(time.time())
            answer.headers.update({"X-Ratelimit-Limit": "20000", "X-Ratelimit-Remaining": "0",
                                   "X-Ratelimit-Reset": str(now_s + 2)})
            if self.limit_by == "Retry-After":
                answer.headers["Retry-After"] = "1"
            elif self.limit_by == "instant":  # cloud_controller_ng, of concurrent requests to a broker, for years
                answer.headers["Retry-After"] = str(now_s + 2)
            return answer
        if self.gateway and request.method == "GET" and request.path.startswith("/v3/service_credential_bindings"):
            self.gateway -= 1
            return Answer(404, b"404 Not Found: Requested route ('api.cf.example') does not exist.\n", "INF gorouter",
                          Content_Type="text/plain; charset=utf-8", X_Cf_RouterError="unknown_route")
        answer = self.route(request)
        answer.headers.update({"X-Ratelimit-Limit": "20000", "X-Ratelimit-Remaining": "19000",
                               "X-Ratelimit-Reset": str(int(time.time()) + 3600),
                               "X-Vcap-Request-Id": "%s::%s" % (uuid.uuid4(), uuid.uuid4())})
        return answer

    def route(self, request):
        parts = request.path.strip("/").split("/")
        # cloud_controller_ng, BaseMessage.to_array!: split at commas, each part unescaped once more
        names = [unquote(name) for name in request.list_of("names")]
        if parts[:2] == ["v3", "organizations"]:
            found = [{"guid": self.org, "name": name} for name in ORGANIZATIONS if not names or name in names]
            return self.page(request, found, "REC provider.access_token.yaml#2")
        if parts[:2] == ["v3", "spaces"]:
            hit = (not names or "prod" in names) and self.org in request.list_of("organization_guids") + [self.org]
            return self.page(request, [{"guid": self.space, "name": "prod"}] if hit else [], "REC datasource_service_instances.yaml#1")
        if request.path == "/v3/service_plans":
            offered = not request.list_of("service_offering_names") or self.offering in request.list_of("service_offering_names")
            found = [{"guid": guid, "name": name} for guid, name in ((self.plan_flow, "integration-flow"), (self.plan_api, "api"))
                     if offered and (not names or name in names)] * self.brokers
            return self.page(request, found, "REC datasource_service_plans.yaml")
        if parts[:2] == ["v3", "service_plans"] and len(parts) == 3:
            name = {self.plan_flow: "integration-flow", self.plan_api: "api"}.get(parts[2])
            if name:
                relations = {"service_offering": {"data": {"guid": "offering-of-" + parts[2]}}}
                return Answer(200, {"guid": parts[2], "name": name, "relationships": relations},
                              "REC resource_service_instance_managed.yaml#0")
        if parts[:2] == ["v3", "service_offerings"] and len(parts) == 3:
            return Answer(200, {"guid": parts[2], "name": self.offering}, "DOC")
        if parts[:2] == ["v3", "service_instances"]:
            return self.instance(request, parts, names)
        if parts[:2] == ["v3", "jobs"] and len(parts) == 3:
            return self.job(parts[2])
        if parts[:2] == ["v3", "service_credential_bindings"]:
            return self.binding(request, parts, names)
        return error(404, "CF-NotFound", 10000, "Unknown request", "DOC")

    def missing(self, what):
        return error(404, "CF-ResourceNotFound", 10010, what + " not found", "REC")

    # ---- instances ----
    def instance(self, request, parts, names):
        if request.method != "GET" and not self.may_create:
            return error(403, "CF-NotAuthorized", 10003, "You are not authorized to perform the requested action", "DOC")
        if len(parts) == 2 and request.method == "POST":
            return self.create_instance(json.loads(request.body))
        self.settle()
        if len(parts) == 2:
            spaces = request.list_of("space_guids")
            found = [self.show_instance(one) for one in self.instances.values()
                     if (not names or one["name"] in names) and (not spaces or self.space in spaces)]
            return self.page(request, found, "REC resource_service_instance_managed.yaml#6")
        if parts[2] not in self.instances:
            return self.missing("Service instance")
        one = self.instances[parts[2]]
        if parts[3:] == ["parameters"]:
            if self.tells_parameters:
                return Answer(200, self.parameters_of(one), "SAP")
            return error(400, "CF-ServiceFetchInstanceParametersNotSupported", 120004,
                         "This service does not support fetching service instance parameters.", "REC")
        if request.method == "DELETE":
            return self.delete_instance(one)
        return Answer(200, self.show_instance(one), "REC resource_service_instance_managed.yaml#7")

    def unprocessable(self, detail, source):
        return error(422, "CF-UnprocessableEntity", 10008, detail, source)

    def create_instance(self, body):
        name, relations = body["name"], body["relationships"]
        plan, space = (relations[thing]["data"]["guid"] for thing in ("service_plan", "space"))
        if body["type"] != "managed" or plan not in (self.plan_flow, self.plan_api):
            return self.unprocessable("Invalid service plan. Ensure that the service plan exists, is available, and you have "
                                      "access to it.", "REC resource_service_instance_invalid_service_plan.yaml#0")
        if space != self.space:
            return self.unprocessable("Invalid space. Ensure that the space exists and you have access to it.", "DOC")
        if any(one["name"] == name for one in self.instances.values()):
            return self.unprocessable("The service instance name is taken: %s." % name,
                                      "REC resource_service_instance_managed_exists_already.yaml#2")
        if self.quota and len(self.instances) >= self.quota:
            return self.unprocessable("You have exceeded your organization's services limit.", "CODE cloud_controller_ng")
        one = self.instances[self.add_instance(name, plan)]
        metadata, parameters = body.get("metadata") or {}, body.get("parameters") or {}
        one.update(state="in progress", labels=metadata.get("labels") or {}, annotations=metadata.get("annotations") or {},
                   parameters=parameters)
        self.effects.append("create instance %s" % name)

        def finish():
            if self.fails == "service_instance.create":  # CODE save_failed_state: it stays, and keeps the name
                one["state"], one["description"] = "failed", "the broker is not well"
                return "FAILED", [{"detail": one["description"], "title": "CF-ServiceBrokerBadResponse", "code": 10001}]
            one["state"] = "succeeded"
            return "COMPLETE", []

        return self.start("service_instance.create", self.instances, one["guid"], finish)

    def drop_instance(self, guid):
        """DOC: its keys go with it."""
        for key in [key for key in self.keys.values() if key["instance"] == guid]:
            self.keys.pop(key["guid"])
        self.instances.pop(guid, None)

    def delete_instance(self, one):
        if one["state"] == "in progress":
            return self.unprocessable("There is an operation in progress for the service instance.", "CODE")
        one["operation"], one["state"] = "delete", "in progress"
        self.effects.append("delete instance %s" % one["name"])

        def finish():
            if self.fails == "service_instance.delete":
                one["state"] = "failed"
                return "FAILED", [{"detail": "the broker is not well", "title": "CF-ServiceBrokerBadResponse", "code": 10001}]
            self.drop_instance(one["guid"])
            return "COMPLETE", []

        return self.start("service_instance.delete", self.instances, one["guid"], finish)

    def job(self, guid):
        job = self.jobs.get(guid)
        if not job or (self.is_like("forgets") and job["state"] == "COMPLETE"):
            return self.missing("Job")
        if job["polls"] > 0:
            job["polls"] -= 1
        elif job["state"] == "PROCESSING":
            job["state"], job["errors"] = job["finish"]()
        links = {"self": self.link("/v3/jobs/" + guid)}
        if job["state"] == "COMPLETE" and job["operation"] == "service_keys.create":
            links["service_credential_binding"] = self.link("/v3/service_credential_bindings/" + job["key"])
        if job["operation"] == "service_instance.create":  # REC: while it is at work too
            links["service_instances"] = self.link("/v3/service_instances/" + job["key"])
        state = "POLLING" if self.is_like("polling") and job["polls"] > 0 else job["state"]
        more = {"warnings": None, "errors": job["errors"] or None, "cf_api_error": None} if self.is_like("sparse") else {}
        return Answer(200, {"guid": guid, "created_at": now(), "updated_at": now(), "operation": job["operation"],
                            "state": state, "errors": job["errors"], "warnings": [], "links": links, **more},
                      "REC resource_service_credential_binding_managed_service_key.yaml#1")

    def start(self, operation, things, key, finish):
        show = self.show_key if things is self.keys else self.show_instance
        guid = self.guid("job %s %s" % (operation, things[key]["name"]))
        self.jobs[guid] = {"operation": operation, "key": key, "state": "PROCESSING", "errors": [],
                           "polls": self.job_polls, "finish": finish}
        if self.job_polls == 0:
            self.jobs[guid]["state"], self.jobs[guid]["errors"] = finish()
        else:
            self.unfinished[guid] = self.jobs[guid]
        if self.is_like("at-once") or self.is_like("silent"):
            self.jobs[guid]["polls"] = 0
            self.settle()
        if self.is_like("at-once"):
            return Answer(201, show(things[key]), "INF") if key in things else Answer(204, b"", "INF")
        if self.is_like("silent"):
            return Answer(202, b"", "INF", Content_Type="text/html")
        # REC: 202, an empty body, text/html, and the job behind Location
        job = "/v3/jobs/" + guid
        source = "service_credential_binding_managed_service_key.yaml#0" if things is self.keys else "service_instance_managed.yaml#2"
        return Answer(202, b"", "REC resource_" + source,
                      Content_Type="text/html", Location=job if self.is_like("relative") else self.link(job)["href"])

    def settle(self):
        """Jobs go on whether somebody asks or not (INF: here at the next look at keys)."""
        for guid, job in list(self.unfinished.items()):
            if job["state"] != "PROCESSING":
                del self.unfinished[guid]
            elif job["polls"] <= 0:
                job["state"], job["errors"] = job["finish"]()
            job["polls"] -= 1

    # ---- keys ----
    def binding(self, request, parts, names):
        if self.at_work and request.method != "GET":  # CODE cloud_controller_ng
            self.at_work -= 1
            return error(422, "CF-UnprocessableEntity", 10008, "There is an operation in progress for the service instance.", "CODE")
        if len(parts) == 2 and request.method == "POST":
            return self.create(json.loads(request.body))
        self.settle()
        if len(parts) == 2:
            labels = [part.split("=") for part in request.list_of("label_selector")]
            instances = request.list_of("service_instance_guids")
            found = [self.show_key(key) for key in self.keys.of_names(names)
                     if (not instances or key["instance"] in instances) and
                     all(key["labels"].get(name) == value for name, value in labels)]
            return self.page(request, found, "REC resource_service_credential_binding_managed_service_key.yaml#2")
        key = self.keys.get(parts[2])
        if not key:
            return self.missing("Service credential binding")
        if parts[3:] == ["details"]:
            return Answer(200, {"credentials": key["credentials"]}, "REC (nesting of it-rt: INF)")
        if request.method == "DELETE":
            return self.delete(key)
        return Answer(200, self.show_key(key), "REC resource_service_credential_binding_managed_service_key.yaml#4")

    def create(self, body):
        instance = body["relationships"]["service_instance"]["data"]["guid"]
        name, parameters = body["name"], body.get("parameters") or {}
        if instance not in self.instances:
            return error(422, "CF-UnprocessableEntity", 10008, "The service instance could not be found: '%s'" % instance, "DOC")
        if self.instances[instance]["state"] == "in progress":
            return self.unprocessable("There is an operation in progress for the service instance.", "CODE")
        if any(key["instance"] == instance for key in self.keys.of_names([name])):
            return error(422, "CF-UnprocessableEntity", 10008,
                         "The binding name is invalid. Key binding names must be unique. The service instance already "
                         "has a key binding with name '%s'." % name, "DOC")
        guid = self.guid("key " + name)
        metadata = body.get("metadata") or {}
        key = {"guid": guid, "name": name, "instance": instance, "created_at": now(), "state": "in progress",
               "operation": "create", "labels": metadata.get("labels") or {},
               "annotations": metadata.get("annotations") or {}, "credentials": None, "parameters": parameters}
        self.keys[guid] = key
        self.effects.append("create %s" % name)

        def finish():
            trouble = self.refusal(key, parameters)
            if trouble or self.fails == "service_keys.create":
                key["state"], key["description"] = "failed", trouble or "the broker is not well"
                return "FAILED", [{"detail": key["description"], "title": "CF-ServiceBrokerBadResponse", "code": 10001}]
            key["state"], key["credentials"] = "succeeded", self.credentials(parameters)
            return "COMPLETE", []

        return self.start("service_keys.create", self.keys, guid, finish)

    def refusal(self, key, parameters):
        """What the broker of it-rt refuses (SAP Help; the words are INF)."""
        if "client_x509" in self.parameters_of(self.instances[key["instance"]])["grant-types"]:
            return "the grant type client_x509 is no longer supported"
        pem = parameters.get("X.509")
        for other in self.keys.values():
            if pem and other is not key and other["parameters"].get("X.509") == pem:
                return "the certificate is used by another service key"
        if parameters.get("key-type") == "certificate" and not 1 <= parameters.get("validity", 365) <= 365:
            return "validity has to be between 1 and 365 days"
        return None

    def credentials(self, parameters):
        kind = parameters.get("key-type")
        common = {"clientid": "sb-%s!b1|it-rt!b2" % uuid.uuid4(), "url": "https://acme.it-rt.example",
                  "tokenurl": "https://acme.authentication.example/oauth/token"}
        if kind == "certificate":
            if not self.pair:
                self.pair = subprocess.run(
                    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-days", "180", "-subj", "/CN=generated", "-keyout", "/dev/stdout"],
                    capture_output=True, check=True).stdout.decode()
            key, _, cert = self.pair.partition("-----BEGIN CERTIFICATE-----")
            common.update(key=key.strip() + "\n", certificate="-----BEGIN CERTIFICATE-----" + cert,
                          certificatedetails={"issuerdn": "CN=generated", "subjectdn": "CN=generated",
                                              "validuntil": "2027-06-24T12:56:52.000Z", "serialnumber": "0xABCD1234"})
        elif kind == "certificate_external":
            common["certificate"] = parameters["X.509"].replace("\n", "\\n")  # as copied from the cockpit
        else:
            common["clientsecret"] = uuid.uuid4().hex
        return {"oauth": common}

    def delete(self, key):
        if key["operation"] == "delete" and key["state"] == "in progress":
            return error(422, "CF-UnprocessableEntity", 10008, "There is an operation in progress for the service binding.", "DOC")
        key["operation"], key["state"] = "delete", "in progress"
        self.effects.append("delete %s" % key["name"])

        def finish():
            if self.fails == "service_keys.delete":
                key["state"] = "failed"
                return "FAILED", [{"detail": "the broker is not well", "title": "CF-ServiceBrokerBadResponse", "code": 10001}]
            self.keys.pop(key["guid"], None)
            return "COMPLETE", []

        return self.start("service_keys.delete", self.keys, key["guid"], finish)


if __name__ == "__main__":
    twin.main(CloudFoundry)
