-- Running orglogin on tables of your own.
--
-- Everything that the service knows of people and places it reads through
-- the functions of schema api. Supply them over your tables, and the rest
-- (identities, invitations, sessions, flows, receipts) stays in schema orglogin.
--
-- How: let `orglogin migrate` make its schema, then run this file, with your
-- names in it, as the owner of your tables (psql -1 -v ON_ERROR_STOP=1 -f
-- foreign.sql), and see that every check of `orglogin doctor` passes. Run it
-- again after each upgrade. The owner must be the one who ran migrate.
--
-- This one is for three tables that look like this:
--
--   public.user_profiles             id, email, full_name, avatar_url, is_active, created_at
--   public.organizations_projection  id, name, slug, subdomain_status
--   public.user_organizations        user_id, organization_id, role, status
--
-- and for an app that makes people and organizations itself: a login finds the
-- profile, by identity, else by an address that its provider is authoritative
-- for; it accepts an invitation; it makes nothing else. `orglogin import` is
-- for orglogin's own tables and of no use here.

-- 1. The role that owns the functions sees the rows, whatever your policies
--    say to others; the service sees those of the person whose claims it has,
--    for doctor, and reads nothing else of your tables.
GRANT USAGE ON SCHEMA public TO orglogin_definer, orglogin_service;
GRANT SELECT ON public.user_profiles, public.organizations_projection, public.user_organizations TO orglogin_definer, orglogin_service;
GRANT UPDATE (full_name, avatar_url) ON public.user_profiles TO orglogin_definer;
GRANT INSERT, UPDATE ON public.user_organizations TO orglogin_definer;

DROP POLICY IF EXISTS orglogin ON public.user_profiles;
CREATE POLICY orglogin ON public.user_profiles TO orglogin_definer USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS orglogin ON public.organizations_projection;
CREATE POLICY orglogin ON public.organizations_projection FOR SELECT TO orglogin_definer USING (true);
DROP POLICY IF EXISTS orglogin ON public.user_organizations;
CREATE POLICY orglogin ON public.user_organizations TO orglogin_definer USING (true) WITH CHECK (true);

-- 2. What orglogin keeps of a person hangs on your rows.
ALTER TABLE orglogin.identities   DROP CONSTRAINT IF EXISTS identities_profile_fkey;
ALTER TABLE orglogin.sessions     DROP CONSTRAINT IF EXISTS sessions_profile_fkey;
ALTER TABLE orglogin.receipts     DROP CONSTRAINT IF EXISTS receipts_profile_fkey;
ALTER TABLE orglogin.last_used    DROP CONSTRAINT IF EXISTS last_used_profile_fkey,
                                  DROP CONSTRAINT IF EXISTS last_used_organization_fkey;
ALTER TABLE orglogin.invitations  DROP CONSTRAINT IF EXISTS invitations_accepted_by_fkey,
                                  DROP CONSTRAINT IF EXISTS invitations_organization_fkey;

-- Addresses are compared in ASCII lower case alone, so that no look-alike matches.
CREATE INDEX IF NOT EXISTS user_profiles_orglogin_idx ON public.user_profiles (lower(email COLLATE "C"));

-- 3. Reading. Each names the person itself, because it is past your policies.
CREATE OR REPLACE FUNCTION api.get_profile()
RETURNS TABLE (id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id, lower(p.email COLLATE "C"), true, true, coalesce(p.full_name, ''), coalesce(p.avatar_url, ''), NOT p.is_active
    FROM public.user_profiles AS p
    WHERE p.id = (SELECT auth.uid())
$$;

CREATE OR REPLACE FUNCTION api.profile_exists()
RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.user_profiles AS p WHERE p.id = auth.uid()) THEN
        RETURN true;
    END IF;
    PERFORM orglogin.confirm_missing('public.user_profiles');
    RETURN false;
END
$$;

CREATE OR REPLACE FUNCTION api.get_memberships()
RETURNS TABLE (organization_id uuid, name text, slug text, subdomain_status text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.id, o.name, o.slug, o.subdomain_status, m.role
    FROM public.user_organizations AS m
    JOIN public.organizations_projection AS o ON o.id = m.organization_id
    WHERE m.user_id = (SELECT auth.uid()) AND m.status = 'active' AND o.slug IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION api.count_memberships()
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_count bigint;
BEGIN
    SELECT count(*) INTO v_count FROM api.get_memberships();
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing('public.user_organizations');
        PERFORM orglogin.confirm_missing('public.organizations_projection');
    END IF;
    RETURN v_count;
END
$$;

CREATE OR REPLACE FUNCTION api.get_organization_by_slug(p_slug text)
RETURNS TABLE (id uuid, name text, slug text, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.id, o.name, o.slug, o.subdomain_status
    FROM public.organizations_projection AS o
    WHERE o.slug = p_slug
$$;

CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid)
RETURNS TABLE (slug text, subdomain_status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.slug, o.subdomain_status
    FROM public.organizations_projection AS o
    JOIN public.user_organizations AS m ON m.organization_id = o.id
    WHERE o.id = p_org_id
        AND lower(auth.jwt() ->> 'org_id') = p_org_id::text
        AND m.user_id = (SELECT auth.uid())
        AND m.status = 'active'
$$;

CREATE OR REPLACE FUNCTION api.get_invitation(p_token_hash bytea)
RETURNS TABLE (id uuid, organization_id uuid, organization_name text, slug text, subdomain_status text, email text,
    role text, expires_at timestamptz, accepted_by uuid, accepted_at timestamptz, revoked boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.id, i.organization_id, o.name, o.slug, o.subdomain_status, i.email,
        i.role, i.expires_at, i.accepted_by, i.accepted_at, i.revoked
    FROM orglogin.invitations AS i
    JOIN public.organizations_projection AS o ON o.id = i.organization_id
    WHERE i.token_hash = p_token_hash
$$;

CREATE OR REPLACE FUNCTION api.get_invitations(p_now timestamptz)
RETURNS TABLE (id uuid, organization_id uuid, organization_name text, slug text, subdomain_status text, email text,
    role text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.id, i.organization_id, o.name, o.slug, o.subdomain_status, i.email, i.role, i.expires_at
    FROM orglogin.invitations AS i
    JOIN public.organizations_projection AS o ON o.id = i.organization_id
    JOIN public.user_profiles AS p ON lower(p.email COLLATE "C") = i.email AND p.is_active
    WHERE p.id = (SELECT auth.uid()) AND i.accepted_by IS NULL AND NOT i.revoked AND i.expires_at > p_now
    ORDER BY i.expires_at, i.id
$$;

CREATE OR REPLACE FUNCTION api.get_profiles_by_email(p_email text)
RETURNS TABLE (id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id, lower(p.email COLLATE "C"), true, true, coalesce(p.full_name, ''), coalesce(p.avatar_url, ''), NOT p.is_active
    FROM public.user_profiles AS p
    WHERE lower(p.email COLLATE "C") = p_email
    ORDER BY p.created_at, p.id
$$;

-- 4. Accepting: the one place of a login where your rows are written.
CREATE OR REPLACE FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_invitation.accepted_by IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.user_organizations AS m (user_id, organization_id, role, status)
    VALUES (p_profile_id, p_invitation.organization_id, p_invitation.role, 'active')
    ON CONFLICT (user_id, organization_id) DO UPDATE
        SET role = excluded.role, status = 'active'
        WHERE m.status <> 'active' OR orglogin.outranks(excluded.role, m.role);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE orglogin.invitations
    SET accepted_by = p_profile_id, accepted_at = p_now
    WHERE id = p_invitation.id;
END
$$;

CREATE OR REPLACE FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_profile    public.user_profiles;
    v_invitation orglogin.invitations;
    v_verdict    text;
BEGIN
    SELECT p.* INTO v_profile FROM public.user_profiles AS p WHERE p.id = auth.uid();
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('public.user_profiles');
        RETURN NULL;
    ELSIF NOT v_profile.is_active THEN
        RETURN 'disabled';
    END IF;
    SELECT i.* INTO v_invitation FROM orglogin.invitations AS i WHERE i.token_hash = p_token_hash FOR UPDATE;
    v_verdict := orglogin.invitation_verdict(v_invitation, v_profile.id,
        EXISTS (SELECT FROM public.user_organizations AS m
            WHERE m.user_id = v_profile.id AND m.organization_id = v_invitation.organization_id AND m.status = 'active'),
        lower(v_profile.email COLLATE "C"), true, p_now);
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_profile.id, p_now);
    END IF;
    RETURN v_verdict;
END
$$;

-- 5. One login. SIGNUP other than closed is refused too: your app makes people.
CREATE OR REPLACE FUNCTION api.complete_login(
    p_issuer text, p_subject text, p_email text, p_email_verified boolean, p_authoritative boolean, p_name text, p_picture text,
    p_signup text, p_organization_name text, p_organization_slug text, p_invitation bytea,
    p_session_id uuid, p_secret_hash bytea, p_browser_hash bytea,
    p_created_at timestamptz, p_last_seen_at timestamptz, p_expires_at timestamptz, p_replaces uuid, p_now timestamptz
) RETURNS TABLE (user_id uuid, refused text, verdict text, first_login boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_id         uuid;
    v_active     boolean;
    v_bound      boolean;
    v_verdict    text := 'not_given';
    v_invitation orglogin.invitations;
BEGIN
    IF auth.jwt() ->> 'role' IS DISTINCT FROM 'authenticated' OR auth.jwt() ? 'sub' THEN
        RAISE EXCEPTION 'complete_login wants the claims {"role":"authenticated"} alone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT i.profile_id INTO v_id FROM orglogin.identities AS i WHERE i.issuer = p_issuer AND i.subject = p_subject;
    v_bound := FOUND;
    IF v_bound AND NOT EXISTS (SELECT FROM public.user_profiles AS p WHERE p.id = v_id) THEN
        -- The profile was deleted and left its identity behind, which is free again.
        PERFORM orglogin.confirm_missing('public.user_profiles');
        DELETE FROM orglogin.identities AS i
        WHERE i.issuer = p_issuer AND i.subject = p_subject AND i.profile_id = v_id;
        v_id := NULL;
        v_bound := false;
    END IF;
    IF NOT v_bound THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_issuer || E'\n' || p_subject, 1));
        PERFORM pg_advisory_xact_lock(hashtextextended(p_email, 2));
        SELECT i.profile_id INTO v_id FROM orglogin.identities AS i WHERE i.issuer = p_issuer AND i.subject = p_subject;
        v_bound := FOUND;
        IF NOT v_bound AND p_authoritative AND p_email_verified THEN
            SELECT p.id INTO v_id
            FROM public.user_profiles AS p
            WHERE lower(p.email COLLATE "C") = p_email
                AND NOT EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = p.id)
            ORDER BY p.created_at, p.id
            LIMIT 1;
        END IF;
    END IF;
    SELECT p.is_active INTO v_active FROM public.user_profiles AS p WHERE p.id = v_id;
    IF v_id IS NULL OR v_active IS NULL THEN
        RETURN QUERY SELECT NULL::uuid, 'signup_closed', v_verdict, false;
        RETURN;
    ELSIF NOT v_active THEN
        RETURN QUERY SELECT v_id, 'disabled', v_verdict, false;
        RETURN;
    END IF;
    IF p_invitation IS NOT NULL THEN
        SELECT i.* INTO v_invitation FROM orglogin.invitations AS i WHERE i.token_hash = p_invitation FOR UPDATE;
        v_verdict := orglogin.invitation_verdict(v_invitation, v_id,
            EXISTS (SELECT FROM public.user_organizations AS m
                WHERE m.user_id = v_id AND m.organization_id = v_invitation.organization_id AND m.status = 'active'),
            p_email, p_email_verified, p_now);
    END IF;
    UPDATE public.user_profiles AS p
    SET full_name = coalesce(nullif(p_name, ''), p.full_name), avatar_url = coalesce(nullif(p_picture, ''), p.avatar_url)
    WHERE p.id = v_id
        AND (p.full_name, p.avatar_url) IS DISTINCT FROM
            (coalesce(nullif(p_name, ''), p.full_name), coalesce(nullif(p_picture, ''), p.avatar_url));
    IF NOT v_bound THEN
        INSERT INTO orglogin.identities (issuer, subject, profile_id) VALUES (p_issuer, p_subject, v_id);
    END IF;
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_id, p_now);
    END IF;
    PERFORM orglogin.start_session(v_id, p_session_id, p_secret_hash, p_browser_hash,
        p_created_at, p_last_seen_at, p_expires_at, p_replaces, p_now);
    RETURN QUERY SELECT v_id, NULL::text, v_verdict, NOT v_bound;
END
$$;

-- 6. Doctor: the chain as it is, as the person's own claims show it, and everybody.
CREATE OR REPLACE FUNCTION api.examine(p_user_id uuid)
RETURNS TABLE (link text, holds boolean, seen text, source text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'identity', count(*) > 0, count(*) || ' bound', 'orglogin.identities'
    FROM orglogin.identities AS i WHERE i.profile_id = p_user_id
    UNION ALL
    SELECT 'profile', bool_and(p.is_active) IS TRUE,
        CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(NOT p.is_active) THEN 'disabled' ELSE '1 row' END, 'public.user_profiles'
    FROM public.user_profiles AS p WHERE p.id = p_user_id
    UNION ALL
    SELECT 'membership', count(*) FILTER (WHERE m.status = 'active') > 0,
        count(*) FILTER (WHERE m.status = 'active') || ' active, ' || count(*) FILTER (WHERE m.status <> 'active') || ' inactive', 'public.user_organizations'
    FROM public.user_organizations AS m WHERE m.user_id = p_user_id
    UNION ALL
    SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row'), 'public.organizations_projection'
    FROM public.user_organizations AS m JOIN public.organizations_projection AS o ON o.id = m.organization_id
    WHERE m.user_id = p_user_id AND m.status = 'active'
    UNION ALL
    SELECT 'workspace', true, 'not kept here', 'public.organizations_projection'
    UNION ALL
    SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
        coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row'), 'public.organizations_projection'
    FROM public.user_organizations AS m JOIN public.organizations_projection AS o ON o.id = m.organization_id
    WHERE m.user_id = p_user_id AND m.status = 'active'
$$;

CREATE OR REPLACE FUNCTION api.examine_own()
RETURNS TABLE (link text, holds boolean, seen text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'identity', count(*) > 0, count(*) || ' bound'
    FROM orglogin.identities AS i WHERE i.profile_id = auth.uid()
    UNION ALL
    SELECT 'profile', bool_and(p.is_active) IS TRUE,
        CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(NOT p.is_active) THEN 'disabled' ELSE '1 row' END
    FROM public.user_profiles AS p WHERE p.id = auth.uid()
    UNION ALL
    SELECT 'membership', count(*) FILTER (WHERE m.status = 'active') > 0,
        count(*) FILTER (WHERE m.status = 'active') || ' active, ' || count(*) FILTER (WHERE m.status <> 'active') || ' inactive'
    FROM public.user_organizations AS m WHERE m.user_id = auth.uid()
    UNION ALL
    SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row')
    FROM public.user_organizations AS m JOIN public.organizations_projection AS o ON o.id = m.organization_id
    WHERE m.user_id = auth.uid() AND m.status = 'active'
    UNION ALL
    SELECT 'workspace', true, 'not kept here'
    UNION ALL
    SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
        coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row')
    FROM public.user_organizations AS m JOIN public.organizations_projection AS o ON o.id = m.organization_id
    WHERE m.user_id = auth.uid() AND m.status = 'active'
$$;

CREATE OR REPLACE FUNCTION api.get_people(p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id, lower(p.email COLLATE "C") FROM public.user_profiles AS p
    WHERE p_after IS NULL OR p.id > p_after ORDER BY p.id LIMIT p_limit
$$;

-- 7. The functions that became SECURITY DEFINER here go to the role without
--    login, for which alone the policies of step 1 are.
GRANT CREATE ON SCHEMA api TO orglogin_definer;
ALTER FUNCTION api.get_profile() OWNER TO orglogin_definer;
ALTER FUNCTION api.get_memberships() OWNER TO orglogin_definer;
ALTER FUNCTION api.get_profiles_by_email(text) OWNER TO orglogin_definer;
REVOKE CREATE ON SCHEMA api FROM orglogin_definer;

-- 8. A change reaches every instance at once.
CREATE OR REPLACE TRIGGER orglogin_new AFTER INSERT OR DELETE ON public.organizations_projection
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_organization();
CREATE OR REPLACE TRIGGER orglogin_changed AFTER UPDATE ON public.organizations_projection
    FOR EACH ROW WHEN ((OLD.slug, OLD.name, OLD.subdomain_status) IS DISTINCT FROM (NEW.slug, NEW.name, NEW.subdomain_status))
    EXECUTE FUNCTION orglogin.notify_organization();
CREATE OR REPLACE TRIGGER orglogin_changed AFTER INSERT OR UPDATE OR DELETE ON public.user_organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_membership('user_id');
CREATE OR REPLACE TRIGGER orglogin_changed AFTER UPDATE OR DELETE ON public.user_profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_profile();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.organizations_projection
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.user_organizations
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();
CREATE OR REPLACE TRIGGER orglogin_truncated AFTER TRUNCATE ON public.user_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();

-- 9. A membership that is removed or deactivated, by whichever statement, revokes
--    the pending invitations of that organization to the person's address.
CREATE OR REPLACE FUNCTION orglogin.address_of(p_profile_id uuid)
RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT lower(p.email COLLATE "C") FROM public.user_profiles AS p WHERE p.id = p_profile_id
$$;

CREATE OR REPLACE FUNCTION orglogin.places_of(p_profile_id uuid)
RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.organization_id FROM public.user_organizations AS m WHERE m.user_id = p_profile_id
$$;

CREATE OR REPLACE TRIGGER orglogin_revoke AFTER UPDATE ON public.user_organizations
    FOR EACH ROW WHEN (
        OLD.status = 'active' AND NEW.status <> 'active'
        OR (OLD.user_id, OLD.organization_id) IS DISTINCT FROM (NEW.user_id, NEW.organization_id)
    )
    EXECUTE FUNCTION orglogin.revoke_invitations('user_id');
CREATE OR REPLACE TRIGGER orglogin_revoke_deleted AFTER DELETE ON public.user_organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.revoke_invitations('user_id');
CREATE OR REPLACE TRIGGER orglogin_revoke_truncated BEFORE TRUNCATE ON public.user_organizations
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.revoke_invitations_of_all();
CREATE OR REPLACE TRIGGER orglogin_revoke BEFORE DELETE ON public.user_profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.revoke_invitations_of_person();
