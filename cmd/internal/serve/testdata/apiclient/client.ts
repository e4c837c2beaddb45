// Creates, lists, changes and deletes everything, with types that are generated from the document of a running API.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { env: Record<string, string>; exit(code: number): never };

const { API, TOKEN, USER, SESSION, REQUEST } = process.env;
const api = createClient<paths>({ baseUrl: API, headers: { Authorization: `Bearer ${TOKEN}` } });

let calls = 0;

async function done<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
	const { data, error, response } = await answer;
	calls++;
	if (!response.ok) throw new Error(`${response.status} ${response.url} ${JSON.stringify(error)}`);
	return data as T;
}

const organization = "initech";
const path = { organization };
await done(api.POST("/v1/organizations", { params: { header: { "Idempotency-Key": "1" } }, body: { slug: organization, name: "Initech", subdomain_status: "verified" } }));
await done(api.PATCH("/v1/organizations/{organization}", { params: { path }, body: { name: "Initech Inc." } }));
const shown = await done(api.GET("/v1/organizations/{organization}", { params: { path } }));
if (shown.name !== "Initech Inc.") throw new Error(`the name is ${shown.name}`);

const sent = await done(api.POST("/v1/organizations/{organization}/invitations", { params: { path }, body: { email: "ann@initech.test", role: "owner" } }));
if (!sent.link.includes("/login?invitation=")) throw new Error(`the link is ${sent.link}`);
const invitation = { path: { organization, id: sent.id } };
await done(api.GET("/v1/organizations/{organization}/invitations/{id}", { params: invitation }));
await done(api.POST("/v1/organizations/{organization}/invitations/{id}/resend", { params: invitation, body: {} }));
await done(api.GET("/v1/organizations/{organization}/invitations", { params: { path } }));
await done(api.DELETE("/v1/organizations/{organization}/invitations/{id}", { params: invitation }));

const claim = await done(api.POST("/v1/organizations/{organization}/domains", { params: { path }, body: { domain: "initech.test" } }));
const domain = { path: { organization, domain: claim.domain } };
await done(api.POST("/v1/organizations/{organization}/domains/{domain}/verify", { params: domain, body: { by_hand: true } }));
await done(api.PATCH("/v1/organizations/{organization}/domains/{domain}", { params: domain, body: { join: "request" } }));
await done(api.GET("/v1/organizations/{organization}/domains/{domain}", { params: domain }));
await done(api.GET("/v1/organizations/{organization}/domains", { params: { path } }));
await done(api.DELETE("/v1/organizations/{organization}/domains/{domain}", { params: domain }));

const draft = await done(api.POST("/v1/organizations/{organization}/connections", {
	params: { path }, body: { name: "Okta", issuer: "https://idp.test", client_id: "1", client_secret: "s" },
}));
const connection = { path: { organization, id: draft.id } };
await done(api.POST("/v1/organizations/{organization}/connections/{id}/test", { params: connection }));
await done(api.PATCH("/v1/organizations/{organization}/connections/{id}", { params: connection, body: { status: "disabled" } }));
await done(api.GET("/v1/organizations/{organization}/connections/{id}", { params: connection }));
await done(api.GET("/v1/organizations/{organization}/connections", { params: { path } }));
await done(api.DELETE("/v1/organizations/{organization}/connections/{id}", { params: connection }));

// What only logins and imports make is in acme.
const member = { path: { organization: "acme", user: USER } };
await done(api.GET("/v1/organizations/{organization}/members", { params: { path: { organization: "acme" } } }));
await done(api.GET("/v1/organizations/{organization}/members/{user}", { params: member }));
await done(api.PATCH("/v1/organizations/{organization}/members/{user}", { params: member, body: { role: "owner" } }));
const refused = await api.DELETE("/v1/organizations/{organization}/members/{user}", { params: member });
if (refused.error?.reason !== "last_owner") throw new Error(`got ${JSON.stringify(refused.error)}`);
await done(api.GET("/v1/requests", { params: { query: { organization: "acme" } } }));
await done(api.GET("/v1/requests/{id}", { params: { path: { id: REQUEST } } }));
await done(api.PATCH("/v1/requests/{id}", { params: { path: { id: REQUEST } }, body: { state: "declined" } }));
const person = { path: { id: USER } };
await done(api.GET("/v1/people", { params: { query: { email: "owner@acme.test" } } }));
await done(api.GET("/v1/people/{id}/sessions", { params: person }));
await done(api.DELETE("/v1/people/{id}/sessions/{session}", { params: { path: { id: USER, session: SESSION } } }));
await done(api.DELETE("/v1/people/{id}/sessions", { params: person }));
await done(api.PATCH("/v1/people/{id}", { params: person, body: { disabled: false } }));
await done(api.GET("/v1/people/{id}", { params: person }));
const explained = await done(api.GET("/v1/explain", { params: { query: { email: "owner@acme.test" } } }));
if (explained.items[0]?.user_id !== USER) throw new Error(`got ${JSON.stringify(explained)}`);
await done(api.DELETE("/v1/people/{id}", { params: { path: { id: USER }, query: { with_organizations: true } } }));

await done(api.DELETE("/v1/organizations/{organization}", { params: { path } }));
let left = 0;
for (let after: string | undefined; ; ) {
	const page = await done(api.GET("/v1/organizations", { params: { query: { limit: 1, after } } }));
	left += page.items.length;
	if (page.next === null) break;
	after = page.next;
}
if (left !== 2) throw new Error(`${left} organizations are left`);
await done(api.GET("/v1/audit", { params: { query: { limit: 200 } } }));
console.log(`${calls} calls`);
