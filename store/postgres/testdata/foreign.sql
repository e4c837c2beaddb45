-- A database as it was before orglogin came: the tables and policies of an
-- app of its own, where a login once ended on the fallback page because the
-- policy below hides every organization from claims without org_id.

-- A platform brings these.
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO PUBLIC;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;

CREATE TABLE public.organizations_projection (
    id               uuid PRIMARY KEY,
    name             text NOT NULL,
    slug             text UNIQUE,
    subdomain_status text NOT NULL DEFAULT 'pending',
    is_active        boolean NOT NULL DEFAULT true
);

CREATE TABLE public.user_profiles (
    id         uuid PRIMARY KEY,
    email      text NOT NULL,
    full_name  text,
    avatar_url text,
    is_active  boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.user_organizations (
    user_id         uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES public.organizations_projection (id),
    role            text NOT NULL DEFAULT 'member',
    status          text NOT NULL DEFAULT 'active',
    PRIMARY KEY (user_id, organization_id)
);

CREATE FUNCTION public.get_current_org_id() RETURNS uuid
LANGUAGE sql STABLE
AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id')::uuid $$;

-- What the app's own tokens carry.
CREATE FUNCTION public.custom_access_token(p_user_id uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('sub', p_user_id, 'role', 'authenticated', 'org_id', (
        SELECT m.organization_id FROM public.user_organizations AS m
        WHERE m.user_id = p_user_id AND m.status = 'active' ORDER BY m.organization_id LIMIT 1))
$$;

ALTER TABLE public.organizations_projection ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organizations_projection FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_organizations FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON public.organizations_projection USING (id = get_current_org_id());
CREATE POLICY self ON public.user_profiles USING (auth.uid() = id);
CREATE POLICY self ON public.user_organizations USING (auth.uid() = user_id);
