-- What a person is and where they belong, over the tables of schema orglogin. These
-- functions are the only ones that an operator with tables of their own replaces
-- (foreign.sql is an example); everything else, the login protocol too, reads and
-- writes people and organizations through them.
--
-- migrate creates each one that is missing and replaces one that it created itself. One
-- that was changed since is the operator's: migrate leaves it as it is and names it.
--
-- Those in schema orglogin are SECURITY INVOKER. Most of them run as orglogin_definer,
-- whom every policy admits; doctor also runs the ones that read under a person's own
-- claims. The hot path is PL/pgSQL, which keeps its plans for the life of a connection.

-- The tables that the functions below read. Of workspaces NULL means that there are none.
CREATE OR REPLACE FUNCTION orglogin.account_tables()
RETURNS TABLE (
    profiles      text,
    memberships   text,
    organizations text,
    workspaces    text
)
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'orglogin.profiles', 'orglogin.memberships', 'orglogin.organizations', 'orglogin.workspaces'
$$;

-- ---------------------------------------------------------------------------
-- Profiles.

-- The profiles of an address in lower case, oldest first.
CREATE OR REPLACE FUNCTION orglogin.find_profiles(p_email text)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT p.id
        FROM orglogin.profiles AS p
        WHERE p.email = p_email
        ORDER BY p.created_at, p.id;
END
$$;

-- Locks the row of a profile until the transaction ends.
CREATE OR REPLACE FUNCTION orglogin.lock_profile(p_id uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM orglogin.profiles AS p WHERE p.id = p_id FOR UPDATE;
END
$$;

-- One profile, or no row. email_confirmed: the address is known to be this person's, by
-- an import or by a provider that is authoritative for it.
CREATE OR REPLACE FUNCTION orglogin.read_profile(p_id uuid)
RETURNS TABLE (
    id              uuid,
    email           text,
    email_verified  boolean,
    authoritative   boolean,
    name            text,
    picture         text,
    disabled        boolean,
    email_confirmed boolean
)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            p.id,
            p.email,
            p.email_verified,
            p.authoritative,
            p.name,
            p.picture,
            p.disabled,
            p.email_imported OR p.email_verified AND p.authoritative
        FROM orglogin.profiles AS p
        WHERE p.id = p_id;
END
$$;

-- Makes the profile of a first login and returns its id. NULL: profiles are not made
-- by a login, and this one is refused.
CREATE OR REPLACE FUNCTION orglogin.create_profile(p_login orglogin.login)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    INSERT INTO orglogin.profiles (email, email_verified, authoritative, name, picture)
    VALUES (p_login.email, p_login.email_verified, p_login.authoritative, p_login.name, p_login.picture)
    RETURNING id INTO v_id;
    RETURN v_id;
END
$$;

-- Copies what the provider says of the person. An address that is not verified, and an
-- empty name, change nothing. A row that already has these values is not written. A login is
-- not passed on here where read_profile returns them already.
CREATE OR REPLACE FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_email text := CASE WHEN p_login.email_verified THEN p_login.email END;
BEGIN
    UPDATE orglogin.profiles AS p
    SET email = coalesce(v_email, p.email),
        email_verified = p_login.email_verified,
        authoritative = p_login.authoritative,
        name = coalesce(nullif(p_login.name, ''), p.name),
        picture = p_login.picture,
        email_imported = p.email_imported AND p.email = coalesce(v_email, p.email)
    WHERE p.id = p_id
        AND (p.email, p.email_verified, p.authoritative, p.name, p.picture) IS DISTINCT FROM
            (coalesce(v_email, p.email), p_login.email_verified, p_login.authoritative,
            coalesce(nullif(p_login.name, ''), p.name), p_login.picture);
END
$$;

-- ---------------------------------------------------------------------------
-- Memberships and organizations.

-- All memberships of a person, the inactive ones too.
CREATE OR REPLACE FUNCTION orglogin.read_memberships(p_profile_id uuid)
RETURNS TABLE (
    organization_id uuid,
    role            text,
    active          boolean
)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT m.organization_id, m.role, m.active
        FROM orglogin.memberships AS m
        WHERE m.profile_id = p_profile_id;
END
$$;

-- Makes the person an active member. A member who is active already keeps the higher
-- of the two roles. Returns whether anything changed.
CREATE OR REPLACE FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO orglogin.memberships AS m (profile_id, organization_id, role)
    VALUES (p_profile_id, p_organization_id, p_role)
    ON CONFLICT ON CONSTRAINT memberships_pkey DO UPDATE
        SET role = excluded.role, active = true
        WHERE NOT m.active OR orglogin.outranks(excluded.role, m.role);
    RETURN FOUND;
END
$$;

-- One organization as everyone may see it, or no row. The name is empty where its first
-- member chose it.
CREATE OR REPLACE FUNCTION orglogin.read_organization(p_id uuid)
RETURNS TABLE (
    name             text,
    slug             text,
    subdomain_status text
)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
            o.slug,
            o.subdomain_status
        FROM orglogin.organizations AS o
        WHERE o.id = p_id;
END
$$;

-- Makes the organization of a first login, with its workspace, and the person its owner.
CREATE OR REPLACE FUNCTION orglogin.create_organization(p_owner uuid, p_name text, p_slug text)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    INSERT INTO orglogin.organizations (name, slug, subdomain_status, name_self_chosen)
    VALUES (p_name, p_slug, 'pending', true)
    RETURNING id INTO v_id;
    INSERT INTO orglogin.memberships (profile_id, organization_id, role) VALUES (p_owner, v_id, 'owner');
    INSERT INTO orglogin.workspaces (organization_id, name) VALUES (v_id, p_name);
END
$$;
