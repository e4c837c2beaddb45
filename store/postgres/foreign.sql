-- Running orglogin on tables of your own.
--
-- Everything that orglogin knows of people and organizations it reads and writes
-- through the functions below, each a few lines over your tables. The rest (the login
-- protocol, identities, invitations, sessions, flows, receipts) is orglogin's own and
-- stays in schema orglogin.
--
-- How: let `orglogin migrate` make its schema, then run this file, with your names in
-- it, as the role that ran migrate and owns your tables (psql -1 -v ON_ERROR_STOP=1 -f
-- foreign.sql), and see that every check of `orglogin doctor` passes. An upgrade leaves
-- the functions that you replaced as they are; migrate names them, and doctor checks
-- their signatures.
--
-- This one is for three tables that look like this:
--
--   public.user_profiles             id, email, full_name, avatar_url, is_active, created_at
--   public.organizations_projection  id, name, slug, subdomain_status
--   public.user_organizations        user_id, organization_id, role, status
--
-- and for an app that makes people and organizations itself: a login finds the profile,
-- by identity, else by an address that its provider is authoritative for; it accepts an
-- invitation; it makes nothing else. `orglogin import` takes only invitations then.

-- 1. The role that owns the functions and the role of the API see the rows, whatever your
--    policies say to others; the service sees those of the person whose claims it has, for doctor, and
--    reads nothing else of your tables.
GRANT USAGE ON SCHEMA public TO orglogin_definer, orglogin_service, orglogin_admin;
GRANT SELECT ON public.user_profiles, public.organizations_projection, public.user_organizations TO orglogin_definer, orglogin_service, orglogin_admin;
GRANT UPDATE (full_name, avatar_url) ON public.user_profiles TO orglogin_definer;
GRANT INSERT, UPDATE ON public.user_organizations TO orglogin_definer, orglogin_admin;

DROP POLICY IF EXISTS orglogin ON public.user_profiles;
CREATE POLICY orglogin ON public.user_profiles TO orglogin_definer, orglogin_admin USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS orglogin ON public.organizations_projection;
CREATE POLICY orglogin ON public.organizations_projection FOR SELECT TO orglogin_definer, orglogin_admin USING (true);
DROP POLICY IF EXISTS orglogin ON public.user_organizations;
CREATE POLICY orglogin ON public.user_organizations TO orglogin_definer, orglogin_admin USING (true) WITH CHECK (true);

-- 2. What orglogin keeps of a person refers to your rows.
ALTER TABLE orglogin.identities   DROP CONSTRAINT IF EXISTS identities_profile_fkey;
ALTER TABLE orglogin.sessions     DROP CONSTRAINT IF EXISTS sessions_profile_fkey;
ALTER TABLE orglogin.receipts     DROP CONSTRAINT IF EXISTS receipts_profile_fkey;
ALTER TABLE orglogin.last_used    DROP CONSTRAINT IF EXISTS last_used_profile_fkey,
                                  DROP CONSTRAINT IF EXISTS last_used_organization_fkey;
ALTER TABLE orglogin.invitations  DROP CONSTRAINT IF EXISTS invitations_accepted_by_fkey,
                                  DROP CONSTRAINT IF EXISTS invitations_invited_by_fkey,
                                  DROP CONSTRAINT IF EXISTS invitations_organization_fkey;
ALTER TABLE orglogin.removed_members       DROP CONSTRAINT IF EXISTS removed_members_profile_fkey,
                                           DROP CONSTRAINT IF EXISTS removed_members_organization_fkey;
ALTER TABLE orglogin.connections           DROP CONSTRAINT IF EXISTS connections_organization_fkey;
ALTER TABLE orglogin.api_tokens            DROP CONSTRAINT IF EXISTS api_tokens_organization_fkey;
ALTER TABLE orglogin.organization_settings DROP CONSTRAINT IF EXISTS organization_settings_organization_fkey;
ALTER TABLE orglogin.organization_brands   DROP CONSTRAINT IF EXISTS organization_brands_organization_fkey;
ALTER TABLE orglogin.organization_domains  DROP CONSTRAINT IF EXISTS organization_domains_organization_fkey;
ALTER TABLE orglogin.join_requests         DROP CONSTRAINT IF EXISTS join_requests_profile_fkey,
                                           DROP CONSTRAINT IF EXISTS join_requests_organization_fkey;

-- Addresses are compared in ASCII lower case alone, so that no look-alike matches.
CREATE INDEX IF NOT EXISTS user_profiles_orglogin_idx ON public.user_profiles (lower(email COLLATE "C"));

-- 3. Where the rows are. NULL: there are no workspaces.
CREATE OR REPLACE FUNCTION orglogin.account_tables()
RETURNS TABLE (profiles text, memberships text, organizations text, workspaces text)
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'public.user_profiles', 'public.user_organizations', 'public.organizations_projection', NULL::text
$$;

-- 4. Profiles. Each column in the order of the original: see functions/accounts.sql.
CREATE OR REPLACE FUNCTION orglogin.find_profiles(p_email text)
RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id FROM public.user_profiles AS p WHERE lower(p.email COLLATE "C") = p_email ORDER BY p.created_at, p.id
$$;

CREATE OR REPLACE FUNCTION orglogin.lock_profile(p_id uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM public.user_profiles AS p WHERE p.id = p_id FOR UPDATE;
END
$$;

CREATE OR REPLACE FUNCTION orglogin.read_profile(p_id uuid)
RETURNS TABLE (id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean,
    email_confirmed boolean)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT p.id, lower(p.email COLLATE "C"), true, true, coalesce(p.full_name, ''), coalesce(p.avatar_url, ''), NOT p.is_active, true
        FROM public.user_profiles AS p
        WHERE p.id = p_id;
END
$$;

-- Your app makes people: a login of an unknown person is refused, whatever SIGNUP says.
CREATE OR REPLACE FUNCTION orglogin.create_profile(p_login orglogin.login)
RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NULL::uuid
$$;

CREATE OR REPLACE FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE public.user_profiles AS p
    SET full_name = coalesce(nullif(p_login.name, ''), p.full_name),
        avatar_url = coalesce(nullif(p_login.picture, ''), p.avatar_url)
    WHERE p.id = p_id
        AND (p.full_name, p.avatar_url) IS DISTINCT FROM
            (coalesce(nullif(p_login.name, ''), p.full_name), coalesce(nullif(p_login.picture, ''), p.avatar_url));
END
$$;

-- 5. Memberships and organizations. orglogin.create_organization is never called where
--    a login makes no profile.
CREATE OR REPLACE FUNCTION orglogin.read_memberships(p_profile_id uuid)
RETURNS TABLE (organization_id uuid, role text, active boolean)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT m.organization_id, m.role, m.status = 'active'
        FROM public.user_organizations AS m
        WHERE m.user_id = p_profile_id;
END
$$;

CREATE OR REPLACE FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO public.user_organizations AS m (user_id, organization_id, role, status)
    VALUES (p_profile_id, p_organization_id, p_role, 'active')
    ON CONFLICT (user_id, organization_id) DO UPDATE
        SET role = excluded.role, status = 'active'
        WHERE m.status <> 'active' OR orglogin.outranks(excluded.role, m.role);
    RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION orglogin.read_organization(p_id uuid)
RETURNS TABLE (name text, slug text, subdomain_status text)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT o.name, o.slug, o.subdomain_status FROM public.organizations_projection AS o WHERE o.id = p_id;
END
$$;

-- 6. What the service reads for one person. The first two name the person themselves,
--    because as SECURITY DEFINER they are past your policies.
CREATE OR REPLACE FUNCTION api.get_profile()
RETURNS TABLE (id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
        FROM orglogin.read_profile(auth.uid()) AS p;
END
$$;

CREATE OR REPLACE FUNCTION api.get_memberships()
RETURNS TABLE (organization_id uuid, name text, slug text, subdomain_status text, role text)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT o.id, o.name, o.slug, o.subdomain_status, m.role
        FROM public.user_organizations AS m
        JOIN public.organizations_projection AS o ON o.id = m.organization_id
        WHERE m.user_id = (SELECT auth.uid()) AND m.status = 'active' AND o.slug IS NOT NULL;
END
$$;

CREATE OR REPLACE FUNCTION api.get_organization_by_slug(p_slug text)
RETURNS TABLE (id uuid, name text, slug text, status text)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.id, o.name, o.slug, o.subdomain_status
    FROM public.organizations_projection AS o
    WHERE o.slug = p_slug
$$;

CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid)
RETURNS TABLE (slug text, subdomain_status text)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.slug, o.subdomain_status
    FROM public.organizations_projection AS o
    JOIN public.user_organizations AS m ON m.organization_id = o.id
    WHERE o.id = p_org_id
        AND lower(auth.jwt() ->> 'org_id') = p_org_id::text
        AND m.user_id = (SELECT auth.uid())
        AND m.status = 'active'
$$;

CREATE OR REPLACE FUNCTION api.get_people(p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id, lower(p.email COLLATE "C") FROM public.user_profiles AS p
    WHERE p_after IS NULL OR p.id > p_after ORDER BY p.id LIMIT p_limit
$$;

-- The two that became SECURITY DEFINER belong to the role without login, for which
-- alone the policies of step 1 are.
GRANT CREATE ON SCHEMA api TO orglogin_definer;
ALTER FUNCTION api.get_profile() OWNER TO orglogin_definer;
ALTER FUNCTION api.get_memberships() OWNER TO orglogin_definer;
REVOKE CREATE ON SCHEMA api FROM orglogin_definer;

-- 7. A change reaches every instance at once.
CREATE OR REPLACE TRIGGER orglogin_new AFTER INSERT OR DELETE ON public.organizations_projection
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_organization();
CREATE OR REPLACE TRIGGER orglogin_changed AFTER UPDATE ON public.organizations_projection
    FOR EACH ROW WHEN ((OLD.slug, OLD.name, OLD.subdomain_status) IS DISTINCT FROM (NEW.slug, NEW.name, NEW.subdomain_status))
    EXECUTE FUNCTION orglogin.notify_organization();
CREATE OR REPLACE TRIGGER orglogin_new AFTER INSERT OR DELETE ON public.user_organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_membership('user_id');
CREATE OR REPLACE TRIGGER orglogin_changed AFTER UPDATE ON public.user_organizations
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_membership('user_id');
CREATE OR REPLACE TRIGGER orglogin_deleted AFTER DELETE ON public.user_profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_profile();
CREATE OR REPLACE TRIGGER orglogin_changed AFTER UPDATE ON public.user_profiles
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_profile();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.organizations_projection
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.user_organizations
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.user_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();

-- 8. A membership that is removed or deactivated, by whichever statement, revokes the
--    pending invitations of that organization to the person's address, and is recorded, so
--    that the person does not join again by a domain.
CREATE OR REPLACE TRIGGER orglogin_removal AFTER UPDATE ON public.user_organizations
    FOR EACH ROW WHEN (
        OLD.status = 'active' AND NEW.status <> 'active'
        OR (OLD.user_id, OLD.organization_id) IS DISTINCT FROM (NEW.user_id, NEW.organization_id)
    )
    EXECUTE FUNCTION orglogin.record_removal('user_id');
CREATE OR REPLACE TRIGGER orglogin_removal_deleted AFTER DELETE ON public.user_organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.record_removal('user_id');
CREATE OR REPLACE TRIGGER orglogin_removal_truncated BEFORE TRUNCATE ON public.user_organizations
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.record_removal_of_all();
CREATE OR REPLACE TRIGGER orglogin_revoke BEFORE DELETE ON public.user_profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.revoke_invitations_of_person();
