-- What Supabase has already: the claims of the request, and who asks. PostgREST sets request.jwt.claims; after the
-- transaction it is empty, not NULL.
CREATE SCHEMA IF NOT EXISTS auth;
GRANT USAGE ON SCHEMA auth TO authenticated;

CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;

CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT (auth.jwt() ->> 'sub')::uuid $$;
