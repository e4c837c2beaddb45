-- A table of an app: each organization has its notes and never sees another's, whatever the app asks for.
--
-- PostgREST:  jwt-secret = "@jwks.json"    PUBLIC_URL/.well-known/jwks.json, fetched again when keys rotate
--             jwt-aud = "authenticated"
-- Supabase:   third-party auth with PUBLIC_URL as the issuer
CREATE TABLE notes (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid   NOT NULL DEFAULT (auth.jwt() ->> 'org_id')::uuid,
    author_id       uuid   NOT NULL DEFAULT auth.uid(),
    text            text   NOT NULL
);
CREATE INDEX ON notes (organization_id);
GRANT SELECT, INSERT, UPDATE (text), DELETE ON notes TO authenticated;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

-- (SELECT …) is evaluated once a statement, not once a row. Without org_id it is NULL, and no row is equal to that.
CREATE POLICY members_read ON notes FOR SELECT TO authenticated
    USING (organization_id = (SELECT (auth.jwt() ->> 'org_id')::uuid));

CREATE POLICY members_write ON notes FOR INSERT TO authenticated
    WITH CHECK (organization_id = (SELECT (auth.jwt() ->> 'org_id')::uuid) AND author_id = (SELECT auth.uid()));

CREATE POLICY authors_change ON notes FOR UPDATE TO authenticated
    USING (organization_id = (SELECT (auth.jwt() ->> 'org_id')::uuid) AND author_id = (SELECT auth.uid()));

CREATE POLICY owners_remove ON notes FOR DELETE TO authenticated
    USING (organization_id = (SELECT (auth.jwt() ->> 'org_id')::uuid) AND (SELECT auth.jwt() ->> 'org_role') = 'owner');
