--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: api; Type: SCHEMA; Schema: -; Owner: owner
--

CREATE SCHEMA api;


ALTER SCHEMA api OWNER TO owner;

--
-- Name: auth; Type: SCHEMA; Schema: -; Owner: owner
--

CREATE SCHEMA auth;


ALTER SCHEMA auth OWNER TO owner;

--
-- Name: orglogin; Type: SCHEMA; Schema: -; Owner: owner
--

CREATE SCHEMA orglogin;


ALTER SCHEMA orglogin OWNER TO owner;

--
-- Name: access_snapshot; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.access_snapshot AS (
	profile_id text,
	email text,
	email_verified boolean,
	authoritative boolean,
	name text,
	picture text,
	disabled boolean,
	memberships text[],
	last_used text,
	organizations text[],
	invitation_id text,
	organization_id text,
	organization_name text,
	slug text,
	subdomain_status text,
	sso text,
	invited text,
	role text,
	inviter text,
	expires_at timestamp with time zone,
	accepted_by text,
	accepted_at timestamp with time zone,
	revoked boolean,
	hidden text
);


ALTER TYPE orglogin.access_snapshot OWNER TO owner;

--
-- Name: completed_login; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.completed_login AS (
	user_id uuid,
	refused text,
	verdict text,
	first_login boolean,
	joined uuid,
	alone boolean
);


ALTER TYPE orglogin.completed_login OWNER TO owner;

--
-- Name: domain_of_organization; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.domain_of_organization AS (
	organization_id text,
	organization_name text,
	slug text,
	subdomain_status text,
	sso text,
	domain text,
	status text,
	join_mode text,
	discoverable boolean,
	token text,
	by_hand boolean,
	created_at timestamp with time zone,
	verified_at timestamp with time zone,
	checked_at timestamp with time zone,
	failing_since timestamp with time zone,
	detail text
);


ALTER TYPE orglogin.domain_of_organization OWNER TO owner;

--
-- Name: known_profile; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.known_profile AS (
	id uuid,
	email text,
	email_verified boolean,
	authoritative boolean,
	name text,
	picture text,
	disabled boolean
);


ALTER TYPE orglogin.known_profile OWNER TO owner;

--
-- Name: login; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.login AS (
	connection text,
	issuer text,
	subject text,
	email text,
	email_verified boolean,
	authoritative boolean,
	name text,
	picture text,
	signup text,
	organization_name text,
	organization_slug text,
	invitation bytea,
	session_id uuid,
	secret_hash bytea,
	browser_hash bytea,
	created_at timestamp with time zone,
	last_seen_at timestamp with time zone,
	expires_at timestamp with time zone,
	replaces uuid,
	now timestamp with time zone,
	slugs text[],
	known uuid
);


ALTER TYPE orglogin.login OWNER TO owner;

--
-- Name: login_answer; Type: TYPE; Schema: orglogin; Owner: owner
--

CREATE TYPE orglogin.login_answer AS (
	user_id text,
	refused text,
	verdict text,
	first_login boolean,
	joined text,
	connections text[],
	profile_id text,
	email text,
	email_verified boolean,
	authoritative boolean,
	name text,
	picture text,
	disabled boolean,
	memberships text[],
	last_used text,
	organizations text[],
	invitation_id text,
	organization_id text,
	organization_name text,
	slug text,
	subdomain_status text,
	sso text,
	invited text,
	role text,
	inviter text,
	expires_at timestamp with time zone,
	accepted_by text,
	accepted_at timestamp with time zone,
	revoked boolean,
	hidden text
);


ALTER TYPE orglogin.login_answer OWNER TO owner;

--
-- Name: accept_invitation(bytea, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_profile    record;
    v_invitation orglogin.invitations;
    v_verdict    text;
BEGIN
    SELECT p.* INTO v_profile FROM orglogin.read_profile(auth.uid()) AS p;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
        RETURN NULL;
    END IF;
    IF v_profile.disabled THEN
        RETURN 'disabled';
    END IF;
    v_invitation := orglogin.lock_invitation(p_token_hash);
    v_verdict := orglogin.invitation_verdict(
        v_invitation, v_profile.id, orglogin.is_member(v_profile.id, v_invitation.organization_id),
        v_profile.email, v_profile.email_verified, p_now);
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_profile.id, p_now);
    END IF;
    RETURN v_verdict;
END
$$;


ALTER FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: complete_login(orglogin.login); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.complete_login(p_login orglogin.login) RETURNS orglogin.completed_login
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_organization uuid; -- of an organization connection
    v_new        orglogin.login := p_login; -- what a new profile is made of
    v_known      orglogin.known_profile;
    v_id         uuid;
    v_bound      boolean;
    v_first      boolean;
    v_shared     boolean; -- another profile has the address
    v_domain     orglogin.organization_domains;
    v_members    uuid[];
    v_joins      boolean;
    v_verdict    text := 'not_given';
    v_invitation orglogin.invitations;
    v_alone      boolean;
BEGIN
    IF auth.jwt() ->> 'role' IS DISTINCT FROM 'authenticated' OR auth.jwt() ? 'sub' THEN
        RAISE EXCEPTION 'complete_login wants the claims {"role":"authenticated"} alone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    IF p_login.connection LIKE 'c-%' THEN
        -- Locked, so that who disables it finds the session of this login.
        SELECT k.organization_id INTO v_organization
        FROM orglogin.connections AS k
        WHERE k.id = p_login.connection AND k.state = 'active'
        FOR SHARE;
        IF NOT FOUND THEN
            RETURN ROW(NULL, 'unknown_connection', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
        v_new.email_verified := false; -- what it asserts is not for other organizations
        v_new.authoritative := false;
    END IF;

    v_domain := orglogin.find_domain(p_login, v_organization);
    v_known := orglogin.find_identity(p_login);
    v_id := v_known.id;
    v_bound := v_id IS NOT NULL;
    IF NOT v_bound THEN
        -- First logins of one identity, and of one address, wait for each other here.
        PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(E'\n', p_login.connection, p_login.issuer, p_login.subject), 1));
        PERFORM pg_advisory_xact_lock(hashtextextended(p_login.email, 2));
        v_known := orglogin.find_identity(p_login);
        v_id := v_known.id;
        v_bound := v_id IS NOT NULL;
        IF NOT v_bound AND v_organization IS NULL AND p_login.authoritative AND p_login.email_verified THEN
            v_id := orglogin.find_unbound_profile(p_login.email);
        END IF;
        IF NOT v_bound AND v_organization = v_domain.organization_id THEN
            v_members := orglogin.find_members(p_login, v_organization);
            IF cardinality(v_members) > 1 THEN
                RETURN ROW(NULL, 'ambiguous', v_verdict, false, NULL, false)::orglogin.completed_login;
            END IF;
            v_id := v_members[1];
        END IF;
        IF NOT v_bound AND v_id IS NOT NULL THEN
            SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
            INTO v_known
            FROM orglogin.read_profile(v_id) AS p;
        END IF;
    END IF;
    v_first := v_id IS NULL;
    IF v_known.disabled THEN
        RETURN ROW(v_id, 'disabled', v_verdict, false, NULL, false)::orglogin.completed_login;
    END IF;
    IF NOT v_bound AND NOT p_login.email_verified THEN
        RETURN ROW(NULL, 'email_not_verified', v_verdict, false, NULL, false)::orglogin.completed_login;
    END IF;

    IF p_login.invitation IS NOT NULL THEN
        v_invitation := orglogin.lock_invitation(p_login.invitation);
        v_verdict := orglogin.invitation_verdict(
            v_invitation, v_id, orglogin.is_member(v_id, v_invitation.organization_id),
            p_login.email, p_login.email_verified, p_login.now);
        IF v_invitation.id IS NOT NULL AND NOT orglogin.opens(v_organization, v_invitation.organization_id) THEN
            v_verdict := 'sso_required';
        END IF;
    END IF;

    v_joins := coalesce(v_domain.join_mode, 'off') = 'auto' AND orglogin.may_join(v_id, p_login.email, v_domain.organization_id);

    IF v_first THEN
        IF v_organization IS NOT NULL AND v_verdict <> 'ok' AND NOT v_joins
            AND (p_login.signup = 'closed' OR v_domain.join_mode IS DISTINCT FROM 'request')
        THEN
            RETURN ROW(NULL, 'not_invited', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
        v_shared := EXISTS (SELECT FROM orglogin.find_profiles(p_login.email));
        IF p_login.signup <> 'closed' OR v_verdict = 'ok' OR v_joins THEN
            v_id := orglogin.create_profile(v_new);
        END IF;
        IF v_id IS NULL THEN
            RETURN ROW(NULL, 'signup_closed', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
    ELSIF v_organization IS NULL
        AND (v_known.email, v_known.email_verified, v_known.authoritative, v_known.name, v_known.picture) IS DISTINCT FROM
            (CASE WHEN p_login.email_verified THEN p_login.email ELSE v_known.email END, p_login.email_verified,
            p_login.authoritative, coalesce(nullif(p_login.name, ''), v_known.name), p_login.picture)
    THEN
        PERFORM orglogin.update_profile(v_id, p_login);
    END IF;
    IF NOT v_bound THEN
        INSERT INTO orglogin.identities (connection, issuer, subject, profile_id)
        VALUES (p_login.connection, p_login.issuer, p_login.subject, v_id);
    END IF;
    IF v_organization IS NOT NULL THEN
        UPDATE orglogin.identities AS i
        SET email = p_login.email, email_verified = p_login.email_verified, name = p_login.name, picture = p_login.picture
        WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject
            AND (i.email, i.email_verified, i.name, i.picture) IS DISTINCT FROM
                (p_login.email, p_login.email_verified, p_login.name, p_login.picture);
    END IF;
    IF v_first AND v_organization IS NULL AND p_login.invitation IS NULL AND p_login.signup = 'organization' AND NOT v_shared
        AND coalesce(v_domain.join_mode, 'off') = 'off' -- otherwise the person joins, or asks to
    THEN
        PERFORM orglogin.create_organization(v_id, p_login.organization_name, p_login.organization_slug);
    END IF;
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_id, p_login.now);
    END IF;
    IF v_joins THEN -- not where the invitation has made them a member
        v_joins := orglogin.activate_membership(v_id, v_domain.organization_id, 'member');
    END IF;
    v_alone := orglogin.start_session(v_id, p_login, v_organization);
    RETURN ROW(
        v_id, NULL, v_verdict, v_first, CASE WHEN v_joins THEN v_domain.organization_id END, v_alone)::orglogin.completed_login;
END
$$;


ALTER FUNCTION api.complete_login(p_login orglogin.login) OWNER TO orglogin_definer;

--
-- Name: count_memberships(); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.count_memberships() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_count bigint;
BEGIN
    SELECT count(*) INTO v_count FROM api.get_memberships();
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing(t.memberships::regclass), orglogin.confirm_missing(t.organizations::regclass)
        FROM orglogin.account_tables() AS t;
    END IF;
    RETURN v_count;
END
$$;


ALTER FUNCTION api.count_memberships() OWNER TO orglogin_definer;

--
-- Name: count_sessions(bytea, uuid, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_count bigint;
BEGIN
    -- VOLATILE, so that it sees what a statement that it is part of waited for.
    SELECT count(*) INTO v_count
    FROM orglogin.sessions AS s
    WHERE s.profile_id = auth.uid()
        AND CASE
            WHEN p_secret_hash IS NOT NULL THEN s.secret_hash = p_secret_hash
            ELSE s.ended_at IS NULL AND s.created_at < p_before AND (p_id IS NULL OR s.id = p_id)
        END;
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing('orglogin.sessions');
    END IF;
    RETURN v_count;
END
$$;


ALTER FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: discover_connection(text); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.discover_connection(p_domain text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN (
        SELECT k.id
        FROM orglogin.organization_domains AS d
        JOIN orglogin.connections AS k ON k.organization_id = d.organization_id
        WHERE d.domain = p_domain AND d.status = 'verified' AND d.discoverable AND k.state = 'active'
        ORDER BY k.name, k.id
        LIMIT 1
    );
END
$$;


ALTER FUNCTION api.discover_connection(p_domain text) OWNER TO orglogin_definer;

--
-- Name: examine(uuid); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.examine(p_user_id uuid) RETURNS TABLE(link text, holds boolean, seen text, source text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT x.link, x.holds, x.seen, x.source FROM orglogin.examine_account(p_user_id) AS x
$$;


ALTER FUNCTION api.examine(p_user_id uuid) OWNER TO orglogin_definer;

--
-- Name: examine_own(); Type: FUNCTION; Schema: api; Owner: owner
--

CREATE FUNCTION api.examine_own() RETURNS TABLE(link text, holds boolean, seen text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT x.link, x.holds, x.seen FROM orglogin.examine_account(auth.uid()) AS x
$$;


ALTER FUNCTION api.examine_own() OWNER TO owner;

--
-- Name: finish_connection_test(text, bigint); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.finish_connection_test(p_id text, p_revision bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.connections AS k
    SET tested_revision = k.revision,
        state = CASE WHEN k.state = 'draft' THEN 'tested' ELSE k.state END
    WHERE k.id = p_id AND k.revision = p_revision;
    RETURN FOUND;
END
$$;


ALTER FUNCTION api.finish_connection_test(p_id text, p_revision bigint) OWNER TO orglogin_definer;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: connections; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.connections (
    id text NOT NULL COLLATE pg_catalog."C",
    organization_id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    issuer text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL,
    sealed_secret text NOT NULL,
    email_verified text DEFAULT 'claim'::text NOT NULL,
    userinfo boolean DEFAULT true NOT NULL,
    hosted_domains text[] DEFAULT '{}'::text[] NOT NULL,
    tenants text[] DEFAULT '{}'::text[] NOT NULL,
    private boolean DEFAULT false NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    revision bigint DEFAULT 1 NOT NULL,
    tested_revision bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT connections_id_valid CHECK ((id ~ '^c-[a-z2-7]{16}$'::text)),
    CONSTRAINT connections_state_valid CHECK ((state = ANY (ARRAY['draft'::text, 'tested'::text, 'active'::text, 'disabled'::text])))
);

ALTER TABLE ONLY orglogin.connections FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.connections OWNER TO owner;

--
-- Name: get_connection(text); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_connection(p_id text) RETURNS SETOF orglogin.connections
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY SELECT k.* FROM orglogin.connections AS k WHERE k.id = p_id;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.connections');
    END IF;
END
$$;


ALTER FUNCTION api.get_connection(p_id text) OWNER TO orglogin_definer;

--
-- Name: get_invitation(bytea); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_invitation(p_token_hash bytea) RETURNS TABLE(id uuid, organization_id uuid, organization_name text, slug text, subdomain_status text, sso text, email text, role text, inviter text, expires_at timestamp with time zone, accepted_by uuid, accepted_at timestamp with time zone, revoked boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = i.organization_id), 'off'),
            i.email,
            i.role,
            orglogin.inviter_name(i.invited_by),
            i.expires_at,
            i.accepted_by,
            i.accepted_at,
            i.revoked
        FROM orglogin.invitations AS i
        CROSS JOIN LATERAL orglogin.read_organization(i.organization_id) AS o
        WHERE i.token_hash = p_token_hash;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations'), orglogin.confirm_missing(t.organizations::regclass)
        FROM orglogin.account_tables() AS t;
    END IF;
END
$$;


ALTER FUNCTION api.get_invitation(p_token_hash bytea) OWNER TO orglogin_definer;

--
-- Name: get_invitations(timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_invitations(p_now timestamp with time zone) RETURNS TABLE(id uuid, organization_id uuid, organization_name text, slug text, subdomain_status text, sso text, email text, role text, inviter text, expires_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_email text;
BEGIN
    SELECT p.email INTO v_email
    FROM orglogin.read_profile(auth.uid()) AS p
    WHERE p.email_verified AND p.authoritative AND NOT p.disabled;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = i.organization_id), 'off'),
            i.email,
            i.role,
            orglogin.inviter_name(i.invited_by),
            i.expires_at
        FROM orglogin.invitations AS i
        CROSS JOIN LATERAL orglogin.read_organization(i.organization_id) AS o
        WHERE i.email = v_email
            AND i.accepted_by IS NULL
            AND NOT i.revoked
            AND i.expires_at > p_now
        ORDER BY i.expires_at, i.id;
END
$$;


ALTER FUNCTION api.get_invitations(p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: get_join_offers(uuid, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamp with time zone) RETURNS TABLE(organization_id uuid, organization_name text, slug text, subdomain_status text, sso text, email text, waiting boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT DISTINCT ON (d.organization_id)
            d.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = d.organization_id), 'off'),
            a.email,
            EXISTS (SELECT FROM orglogin.join_requests AS r
                WHERE r.organization_id = d.organization_id AND r.profile_id = auth.uid() AND r.state = 'waiting')
        FROM (
            SELECT DISTINCT
                c.organization_id AS opened,
                CASE WHEN c.organization_id IS NULL THEN p.email ELSE i.email END AS email
            FROM orglogin.sessions AS s
            CROSS JOIN LATERAL orglogin.read_profile(s.profile_id) AS p
            JOIN orglogin.session_connections AS c ON c.session_id = s.id
            LEFT JOIN orglogin.identities AS i ON i.profile_id = s.profile_id AND i.connection = c.connection_id
            WHERE s.id = p_session_id
                AND s.profile_id = auth.uid()
                AND s.ended_at IS NULL
                AND s.expires_at > p_now
                AND NOT p.disabled
                AND c.at > p_now - (s.expires_at - s.created_at)
                AND CASE WHEN c.organization_id IS NULL THEN p.email_verified AND p.authoritative ELSE i.email_verified END
        ) AS a
        JOIN orglogin.organization_domains AS d
            ON d.domain = orglogin.email_domain(a.email) AND d.status = 'verified' AND d.join_mode = 'request'
        CROSS JOIN LATERAL orglogin.read_organization(d.organization_id) AS o
        WHERE orglogin.opens(a.opened, d.organization_id)
            AND NOT orglogin.is_member(auth.uid(), d.organization_id)
            AND NOT EXISTS (SELECT FROM orglogin.join_requests AS r
                WHERE r.organization_id = d.organization_id AND r.profile_id = auth.uid() AND r.state = 'declined')
        ORDER BY d.organization_id, a.email;
END
$$;


ALTER FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: get_memberships(); Type: FUNCTION; Schema: api; Owner: owner
--

CREATE FUNCTION api.get_memberships() RETURNS TABLE(organization_id uuid, name text, slug text, subdomain_status text, role text)
    LANGUAGE plpgsql STABLE ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            o.id,
            o.name,
            o.slug,
            o.subdomain_status,
            m.role
        FROM orglogin.memberships AS m
        JOIN orglogin.organizations AS o ON o.id = m.organization_id
        WHERE m.profile_id = (SELECT auth.uid())
            AND m.active;
END
$$;


ALTER FUNCTION api.get_memberships() OWNER TO owner;

--
-- Name: get_organization_by_slug(text); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_organization_by_slug(p_slug text) RETURNS TABLE(id uuid, name text, slug text, status text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            o.id,
            CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
            o.slug,
            o.subdomain_status
        FROM orglogin.organizations AS o
        WHERE o.slug = p_slug;
    IF NOT FOUND THEN
        RETURN QUERY
            SELECT
                o.id,
                CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
                o.slug,
                o.subdomain_status
            FROM orglogin.organization_slugs AS h
            JOIN orglogin.organizations AS o ON o.id = h.organization_id
            WHERE h.slug = p_slug;
    END IF;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.organizations');
        PERFORM orglogin.confirm_missing('orglogin.organization_slugs');
    END IF;
END
$$;


ALTER FUNCTION api.get_organization_by_slug(p_slug text) OWNER TO orglogin_definer;

--
-- Name: get_organization_connections(uuid); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_organization_connections(p_organization_id uuid) RETURNS SETOF orglogin.connections
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
        SELECT k.*
        FROM orglogin.connections AS k
        WHERE k.organization_id = p_organization_id AND k.state = 'active'
        ORDER BY k.name, k.id;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.connections');
    END IF;
END
$$;


ALTER FUNCTION api.get_organization_connections(p_organization_id uuid) OWNER TO orglogin_definer;

--
-- Name: get_people(uuid, integer); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_people(p_after uuid, p_limit integer) RETURNS TABLE(id uuid, email text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT p.id, p.email
    FROM orglogin.profiles AS p
    WHERE p_after IS NULL OR p.id > p_after
    ORDER BY p.id
    LIMIT p_limit
$$;


ALTER FUNCTION api.get_people(p_after uuid, p_limit integer) OWNER TO orglogin_definer;

--
-- Name: get_profile(); Type: FUNCTION; Schema: api; Owner: owner
--

CREATE FUNCTION api.get_profile() RETURNS TABLE(id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean)
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
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
            p.disabled
        FROM orglogin.profiles AS p
        WHERE p.id = (SELECT auth.uid());
END
$$;


ALTER FUNCTION api.get_profile() OWNER TO owner;

--
-- Name: get_profiles_by_email(text); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_profiles_by_email(p_email text) RETURNS TABLE(id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
        FROM orglogin.find_profiles(p_email) WITH ORDINALITY AS f (id, n)
        CROSS JOIN LATERAL orglogin.read_profile(f.id) AS p
        ORDER BY f.n;
END
$$;


ALTER FUNCTION api.get_profiles_by_email(p_email text) OWNER TO orglogin_definer;

--
-- Name: get_subdomain_info_for_redirect(uuid); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) RETURNS TABLE(slug text, subdomain_status text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    IF lower(auth.jwt() ->> 'org_id') IS DISTINCT FROM p_org_id::text THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT
            o.slug,
            o.subdomain_status
        FROM orglogin.organizations AS o
        JOIN orglogin.memberships AS m ON m.organization_id = o.id
        JOIN orglogin.profiles AS p ON p.id = m.profile_id
        WHERE o.id = p_org_id
            AND m.profile_id = (SELECT auth.uid())
            AND m.active
            AND NOT p.disabled;
END
$$;


ALTER FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) OWNER TO orglogin_definer;

--
-- Name: profile_exists(); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.profile_exists() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM orglogin.read_profile(auth.uid())) THEN
        RETURN true;
    END IF;
    PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
    RETURN false;
END
$$;


ALTER FUNCTION api.profile_exists() OWNER TO orglogin_definer;

--
-- Name: record_domain_check(uuid, text, text, text, interval, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) RETURNS SETOF orglogin.domain_of_organization
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    UPDATE orglogin.organization_domains AS d
    SET status = CASE
            WHEN p_verdict = 'proved' THEN 'verified'
            WHEN p_verdict = 'missing' AND d.status = 'verified' AND NOT d.by_hand
                AND coalesce(d.failing_since, p_now) <= p_now - p_grace THEN 'lapsed'
            ELSE d.status
        END,
        verified_at = CASE WHEN p_verdict = 'proved' AND d.status <> 'verified' THEN p_now ELSE d.verified_at END,
        failing_since = CASE
            WHEN p_verdict = 'proved' THEN NULL
            WHEN p_verdict = 'missing' AND d.status = 'verified' AND NOT d.by_hand THEN coalesce(d.failing_since, p_now)
            ELSE d.failing_since
        END,
        by_hand = d.by_hand AND p_verdict <> 'proved',
        checked_at = p_now,
        next_check_at = orglogin.next_domain_check(p_now),
        detail = p_detail
    WHERE d.organization_id = p_organization_id AND d.domain = p_domain
        AND (d.status <> 'pending' OR pg_has_role(session_user, 'orglogin_admin', 'USAGE') OR pg_has_role(session_user, (
            SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'orglogin.organization_domains'::regclass), 'USAGE'))
    RETURNING d.* INTO v_domain;
    IF FOUND THEN
        RETURN QUERY SELECT o.* FROM orglogin.describe_domain(v_domain) AS o;
    END IF;
END
$$;


ALTER FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: request_join(uuid, text, integer, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_offer record;
BEGIN
    -- Of several requests of one person at once each counts the one before.
    PERFORM pg_advisory_xact_lock(hashtextextended(auth.uid()::text, 6));
    SELECT o.* INTO v_offer FROM api.get_join_offers(p_session_id, p_now) AS o WHERE o.slug = p_slug;
    IF NOT FOUND THEN
        RETURN 'not_offered';
    END IF;
    IF v_offer.waiting THEN
        RETURN NULL;
    END IF;
    IF p_most <= (
        SELECT count(*)
        FROM orglogin.join_requests AS r
        WHERE r.profile_id = auth.uid() AND r.state = 'waiting' AND NOT orglogin.is_member(r.profile_id, r.organization_id)
    ) THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO orglogin.join_requests (organization_id, profile_id, email, created_at)
    VALUES (v_offer.organization_id, auth.uid(), v_offer.email, p_now);
    RETURN NULL;
END
$$;


ALTER FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: sweep(); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.sweep() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_rows  integer;
    v_total integer := 0;
BEGIN
    DELETE FROM orglogin.flows WHERE id IN (
        SELECT id FROM orglogin.flows
        WHERE expires_at < now() - interval '1 hour'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.receipts WHERE id IN (
        SELECT id FROM orglogin.receipts
        WHERE at < now() - interval '31 days'
        ORDER BY at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.sessions WHERE id IN (
        SELECT id FROM orglogin.sessions
        WHERE expires_at < now() - interval '31 days'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.connection_tests WHERE token_hash IN (
        SELECT token_hash FROM orglogin.connection_tests
        WHERE expires_at < now() - interval '1 hour'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_total + v_rows;
END
$$;


ALTER FUNCTION api.sweep() OWNER TO orglogin_definer;

--
-- Name: take_connection_test(text, bytea, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone) RETURNS SETOF orglogin.connections
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_revision bigint;
BEGIN
    DELETE FROM orglogin.connection_tests AS t
    WHERE t.token_hash = p_token_hash AND t.connection_id = p_id AND t.expires_at > p_now
    RETURNING t.revision INTO v_revision;
    RETURN QUERY SELECT k.* FROM orglogin.connections AS k WHERE k.id = p_id AND k.revision = v_revision;
END
$$;


ALTER FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: take_due_domains(timestamp with time zone, integer); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.take_due_domains(p_now timestamp with time zone, p_limit integer) RETURNS SETOF orglogin.domain_of_organization
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('orglogin domains', 5)) THEN
        RETURN;
    END IF;
    FOR v_domain IN
        SELECT d.*
        FROM orglogin.organization_domains AS d
        WHERE d.status <> 'pending' AND NOT d.by_hand AND d.next_check_at <= p_now
        ORDER BY d.next_check_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE orglogin.organization_domains AS d
        SET next_check_at = orglogin.next_domain_check(p_now)
        WHERE d.organization_id = v_domain.organization_id AND d.domain = v_domain.domain;
        RETURN QUERY SELECT o.* FROM orglogin.describe_domain(v_domain) AS o;
    END LOOP;
END
$$;


ALTER FUNCTION api.take_due_domains(p_now timestamp with time zone, p_limit integer) OWNER TO orglogin_definer;

--
-- Name: take_flow(text, timestamp with time zone); Type: FUNCTION; Schema: api; Owner: orglogin_definer
--

CREATE FUNCTION api.take_flow(p_id text, p_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO orglogin.flows (id, expires_at)
    VALUES (p_id, p_expires_at)
    ON CONFLICT ON CONSTRAINT flows_pkey DO NOTHING;
    RETURN FOUND;
END
$$;


ALTER FUNCTION api.take_flow(p_id text, p_expires_at timestamp with time zone) OWNER TO orglogin_definer;

--
-- Name: jwt(); Type: FUNCTION; Schema: auth; Owner: owner
--

CREATE FUNCTION auth.jwt() RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb;


ALTER FUNCTION auth.jwt() OWNER TO owner;

--
-- Name: uid(); Type: FUNCTION; Schema: auth; Owner: owner
--

CREATE FUNCTION auth.uid() RETURNS uuid
    LANGUAGE sql STABLE
    RETURN CASE WHEN (((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb ->> 'sub'::text) ~~ '________-____-____-____-____________'::text) THEN (((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb ->> 'sub'::text))::uuid ELSE NULL::uuid END;


ALTER FUNCTION auth.uid() OWNER TO owner;

--
-- Name: invitations; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.invitations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    email text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_by uuid,
    accepted_at timestamp with time zone,
    revoked boolean DEFAULT false NOT NULL,
    invited_by uuid,
    resent_at timestamp with time zone,
    resent integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT invitations_accepted_whole CHECK (((accepted_by IS NULL) = (accepted_at IS NULL))),
    CONSTRAINT invitations_role_given CHECK ((role <> ''::text))
);

ALTER TABLE ONLY orglogin.invitations FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.invitations OWNER TO owner;

--
-- Name: accept(orglogin.invitations, uuid, timestamp with time zone); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF p_invitation.accepted_by IS NULL
        AND orglogin.activate_membership(p_profile_id, p_invitation.organization_id, p_invitation.role)
    THEN
        UPDATE orglogin.invitations
        SET accepted_by = p_profile_id, accepted_at = p_now
        WHERE id = p_invitation.id;
    END IF;
END
$$;


ALTER FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamp with time zone) OWNER TO owner;

--
-- Name: account_tables(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.account_tables() RETURNS TABLE(profiles text, memberships text, organizations text, workspaces text)
    LANGUAGE sql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT 'orglogin.profiles', 'orglogin.memberships', 'orglogin.organizations', 'orglogin.workspaces'
$$;


ALTER FUNCTION orglogin.account_tables() OWNER TO owner;

--
-- Name: activate_membership(uuid, uuid, text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text) OWNER TO owner;

--
-- Name: confirm_missing(regclass); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.confirm_missing(p_table regclass) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    IF (
        SELECT c.relrowsecurity AND (
            coalesce(bool_or(p.polpermissive AND pg_get_expr(p.polqual, c.oid) = 'true'), false) IS FALSE
            OR coalesce(bool_or(NOT p.polpermissive AND pg_get_expr(p.polqual, c.oid) <> 'true'), false)
        )
        FROM pg_class AS c
        LEFT JOIN pg_policy AS p ON p.polrelid = c.oid
            AND p.polcmd IN ('*', 'r')
            AND EXISTS (
                SELECT FROM unnest(p.polroles) AS r (oid)
                WHERE r.oid = 0 OR pg_has_role('orglogin_definer', r.oid, 'USAGE')
            )
        WHERE c.oid = p_table
        GROUP BY c.oid, c.relrowsecurity
    ) THEN
        RAISE EXCEPTION 'a row of % was not found, and a policy may hide it from orglogin_definer', p_table
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;


ALTER FUNCTION orglogin.confirm_missing(p_table regclass) OWNER TO owner;

--
-- Name: create_organization(uuid, text, text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.create_organization(p_owner uuid, p_name text, p_slug text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.create_organization(p_owner uuid, p_name text, p_slug text) OWNER TO owner;

--
-- Name: create_profile(orglogin.login); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.create_profile(p_login orglogin.login) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.create_profile(p_login orglogin.login) OWNER TO owner;

--
-- Name: organization_domains; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.organization_domains (
    organization_id uuid NOT NULL,
    domain text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'pending'::text NOT NULL,
    join_mode text DEFAULT 'off'::text NOT NULL,
    discoverable boolean DEFAULT false NOT NULL,
    token text NOT NULL,
    by_hand boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    verified_at timestamp with time zone,
    checked_at timestamp with time zone,
    failing_since timestamp with time zone,
    next_check_at timestamp with time zone,
    detail text DEFAULT ''::text NOT NULL,
    CONSTRAINT organization_domains_domain_valid CHECK ((domain ~ '^[a-z0-9.-]+$'::text)),
    CONSTRAINT organization_domains_join_mode_valid CHECK ((join_mode = ANY (ARRAY['off'::text, 'request'::text, 'auto'::text]))),
    CONSTRAINT organization_domains_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'verified'::text, 'lapsed'::text])))
);

ALTER TABLE ONLY orglogin.organization_domains FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.organization_domains OWNER TO owner;

--
-- Name: describe_domain(orglogin.organization_domains); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains) RETURNS SETOF orglogin.domain_of_organization
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
        SELECT
            p_domain.organization_id::text,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = p_domain.organization_id), 'off'),
            p_domain.domain,
            p_domain.status,
            p_domain.join_mode,
            p_domain.discoverable,
            p_domain.token,
            p_domain.by_hand,
            p_domain.created_at,
            p_domain.verified_at,
            p_domain.checked_at,
            p_domain.failing_since,
            p_domain.detail
        FROM orglogin.read_organization(p_domain.organization_id) AS o;
END
$$;


ALTER FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains) OWNER TO owner;

--
-- Name: email_domain(text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.email_domain(p_email text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
BEGIN
    RETURN substring(p_email, '[^@]*$');
END
$_$;


ALTER FUNCTION orglogin.email_domain(p_email text) OWNER TO owner;

--
-- Name: end_connection(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.end_connection() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.sessions AS s
    SET ended_at = now()
    WHERE s.id IN (
            SELECT c.session_id
            FROM orglogin.session_connections AS c
            WHERE c.connection_id = OLD.id AND c.organization_id IS NOT NULL
        )
        AND s.ended_at IS NULL
        AND NOT EXISTS (
            SELECT FROM orglogin.session_connections AS c
            WHERE c.session_id = s.id AND c.connection_id <> OLD.id
        );
    DELETE FROM orglogin.session_connections AS c
    WHERE c.connection_id = OLD.id AND c.organization_id IS NOT NULL;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM orglogin.identities AS i WHERE i.connection = OLD.id;
    END IF;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.end_connection() OWNER TO orglogin_definer;

--
-- Name: end_sessions(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.end_sessions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.sessions SET ended_at = now() WHERE profile_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.end_sessions() OWNER TO orglogin_definer;

--
-- Name: examine_account(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.examine_account(p_profile_id uuid) RETURNS TABLE(link text, holds boolean, seen text, source text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_tables record;
BEGIN
    SELECT t.* INTO v_tables FROM orglogin.account_tables() AS t;
    RETURN QUERY
        SELECT 'identity', count(*) > 0, count(*) || ' bound', 'orglogin.identities'
        FROM orglogin.identities AS i
        WHERE i.profile_id = p_profile_id
        UNION ALL
        SELECT 'profile', bool_and(NOT p.disabled) IS TRUE,
            CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(p.disabled) THEN 'disabled' ELSE '1 row' END, v_tables.profiles
        FROM orglogin.read_profile(p_profile_id) AS p
        UNION ALL
        SELECT 'membership', count(*) FILTER (WHERE m.active) > 0,
            count(*) FILTER (WHERE m.active) || ' active, ' || count(*) FILTER (WHERE NOT m.active) || ' inactive', v_tables.memberships
        FROM orglogin.read_memberships(p_profile_id) AS m
        UNION ALL
        SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row'), v_tables.organizations
        FROM orglogin.read_memberships(p_profile_id) AS m
        CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
        WHERE m.active
        UNION ALL
        SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
            coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row'), v_tables.organizations
        FROM orglogin.read_memberships(p_profile_id) AS m
        CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
        WHERE m.active;
    IF v_tables.workspaces IS NULL THEN
        RETURN QUERY SELECT 'workspace', true, 'not kept here', v_tables.organizations;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 'workspace', count(*) > 0, count(*) || ' of the active memberships', v_tables.workspaces
        FROM orglogin.read_memberships(p_profile_id) AS m
        JOIN orglogin.workspaces AS w ON w.organization_id = m.organization_id
        WHERE m.active;
END
$$;


ALTER FUNCTION orglogin.examine_account(p_profile_id uuid) OWNER TO owner;

--
-- Name: find_domain(orglogin.login, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid) RETURNS orglogin.organization_domains
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    IF p_login.email_verified AND (p_organization_id IS NOT NULL OR p_login.authoritative) THEN
        SELECT d.* INTO v_domain
        FROM orglogin.organization_domains AS d
        WHERE d.domain = orglogin.email_domain(p_login.email) AND d.status = 'verified';
        IF FOUND AND NOT orglogin.opens(p_organization_id, v_domain.organization_id) THEN
            RETURN NULL;
        END IF;
    END IF;
    RETURN v_domain;
END
$$;


ALTER FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid) OWNER TO owner;

--
-- Name: find_identity(orglogin.login); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.find_identity(p_login orglogin.login) RETURNS orglogin.known_profile
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_id      uuid;
    v_profile orglogin.known_profile;
BEGIN
    SELECT i.profile_id, p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
    INTO v_id, v_profile.id, v_profile.email, v_profile.email_verified, v_profile.authoritative,
        v_profile.name, v_profile.picture, v_profile.disabled
    FROM orglogin.identities AS i
    LEFT JOIN LATERAL orglogin.read_profile(i.profile_id) AS p ON true
    WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject;
    IF NOT FOUND OR v_profile.id IS NOT NULL THEN
        RETURN v_profile;
    END IF;
    PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
    DELETE FROM orglogin.identities AS i
    WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject
        AND i.profile_id = v_id;
    RETURN v_profile;
END
$$;


ALTER FUNCTION orglogin.find_identity(p_login orglogin.login) OWNER TO owner;

--
-- Name: find_members(orglogin.login, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.find_members(p_login orglogin.login, p_organization_id uuid) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_signed_in uuid[];
    v_confirmed uuid[];
BEGIN
    SELECT
        array_agg(f.id) FILTER (WHERE EXISTS (
            SELECT FROM orglogin.sessions AS s
            WHERE s.id = p_login.replaces AND s.profile_id = f.id AND s.ended_at IS NULL AND s.expires_at > p_login.now)),
        array_agg(f.id) FILTER (WHERE p.email_confirmed OR EXISTS (
            SELECT FROM orglogin.invitations AS i
            WHERE i.accepted_by = f.id AND i.organization_id = p_organization_id AND i.email = p_login.email))
    INTO v_signed_in, v_confirmed
    FROM orglogin.find_profiles(p_login.email) AS f (id)
    CROSS JOIN LATERAL orglogin.read_profile(f.id) AS p
    WHERE orglogin.is_member(f.id, p_organization_id)
        AND NOT EXISTS (
            SELECT FROM orglogin.identities AS i
            WHERE i.profile_id = f.id AND i.connection = p_login.connection);
    RETURN coalesce(v_signed_in, v_confirmed);
END
$$;


ALTER FUNCTION orglogin.find_members(p_login orglogin.login, p_organization_id uuid) OWNER TO owner;

--
-- Name: find_profiles(text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.find_profiles(p_email text) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
        SELECT p.id
        FROM orglogin.profiles AS p
        WHERE p.email = p_email
        ORDER BY p.created_at, p.id;
END
$$;


ALTER FUNCTION orglogin.find_profiles(p_email text) OWNER TO owner;

--
-- Name: find_unbound_profile(text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.find_unbound_profile(p_email text) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_id uuid;
BEGIN
    FOR v_id IN
        SELECT f.id FROM orglogin.find_profiles(p_email) WITH ORDINALITY AS f (id, n) ORDER BY f.n
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = v_id);
        PERFORM orglogin.lock_profile(v_id);
        -- Another transaction may have bound or changed it before the lock was free.
        CONTINUE WHEN EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = v_id)
            OR NOT EXISTS (SELECT FROM orglogin.read_profile(v_id) AS p WHERE p.email = p_email);
        RETURN v_id;
    END LOOP;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.find_unbound_profile(p_email text) OWNER TO owner;

--
-- Name: invitation_verdict(orglogin.invitations, uuid, boolean, text, boolean, timestamp with time zone); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.invitation_verdict(p_invitation orglogin.invitations, p_profile_id uuid, p_active_member boolean, p_email text, p_email_verified boolean, p_now timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT CASE
        WHEN p_invitation.id IS NULL THEN 'unknown'
        WHEN p_invitation.accepted_by = p_profile_id AND p_active_member THEN 'ok'
        WHEN p_invitation.accepted_by IS NOT NULL THEN 'used'
        WHEN p_invitation.revoked THEN 'revoked'
        WHEN p_now >= p_invitation.expires_at THEN 'expired'
        WHEN p_invitation.email <> p_email THEN 'email_mismatch'
        WHEN NOT p_email_verified THEN 'email_not_verified'
        ELSE 'ok'
    END
$$;


ALTER FUNCTION orglogin.invitation_verdict(p_invitation orglogin.invitations, p_profile_id uuid, p_active_member boolean, p_email text, p_email_verified boolean, p_now timestamp with time zone) OWNER TO owner;

--
-- Name: inviter_name(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.inviter_name(p_profile_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF p_profile_id IS NULL THEN
        RETURN '';
    END IF;
    RETURN coalesce((SELECT p.name FROM orglogin.read_profile(p_profile_id) AS p WHERE NOT p.disabled), '');
END
$$;


ALTER FUNCTION orglogin.inviter_name(p_profile_id uuid) OWNER TO owner;

--
-- Name: is_member(uuid, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.is_member(p_profile_id uuid, p_organization_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN p_profile_id IS NOT NULL AND EXISTS (
        SELECT FROM orglogin.read_memberships(p_profile_id) AS m
        WHERE m.organization_id = p_organization_id AND m.active
    );
END
$$;


ALTER FUNCTION orglogin.is_member(p_profile_id uuid, p_organization_id uuid) OWNER TO owner;

--
-- Name: keep_slug(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.keep_slug() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    -- An organization may take back its own old slug.
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (NEW.slug, NEW.id)
    ON CONFLICT ON CONSTRAINT organization_slugs_pkey DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the slug was another organization''s; delete its row in orglogin.organization_slugs to free it'
            USING ERRCODE = 'unique_violation', SCHEMA = 'orglogin', TABLE = 'organization_slugs', CONSTRAINT = 'organization_slugs_pkey';
    END IF;
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (OLD.slug, NEW.id);
    END IF;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.keep_slug() OWNER TO orglogin_definer;

--
-- Name: lock_invitation(bytea); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.lock_invitation(p_token_hash bytea) RETURNS orglogin.invitations
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_invitation orglogin.invitations;
BEGIN
    SELECT i.* INTO v_invitation
    FROM orglogin.invitations AS i
    WHERE i.token_hash = p_token_hash
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations');
    END IF;
    RETURN v_invitation;
END
$$;


ALTER FUNCTION orglogin.lock_invitation(p_token_hash bytea) OWNER TO owner;

--
-- Name: lock_profile(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.lock_profile(p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM orglogin.profiles AS p WHERE p.id = p_id FOR UPDATE;
END
$$;


ALTER FUNCTION orglogin.lock_profile(p_id uuid) OWNER TO owner;

--
-- Name: log_in(jsonb); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.log_in(p_login jsonb) RETURNS orglogin.login_answer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_login       orglogin.login := jsonb_populate_record(NULL::orglogin.login, p_login);
    v_done        orglogin.completed_login;
    v_connections text[];
    v_snapshot    orglogin.access_snapshot;
    v_set         text;
BEGIN
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'a login begins in a transaction without claims of a person'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    v_set := set_config('request.jwt.claims', '{"role":"authenticated"}', true);
    v_done := api.complete_login(v_login);
    IF v_login.replaces IS NOT NULL OR v_login.connection LIKE 'c-%' THEN
        v_connections := orglogin.read_session_connections(v_login.session_id);
    ELSE
        v_connections := ARRAY[v_login.connection, '', (extract(epoch FROM v_login.now) * 1000000)::bigint::text, '', '', ''];
    END IF;
    IF NOT v_done.alone OR v_login.known IS DISTINCT FROM v_done.user_id THEN
        v_snapshot := orglogin.read_access_snapshot(v_login.slugs, v_login.invitation);
    END IF;
    RETURN ROW(
        coalesce(v_done.user_id::text, ''), coalesce(v_done.refused, ''), v_done.verdict, v_done.first_login,
        coalesce(v_done.joined::text, ''), v_connections, v_snapshot.*)::orglogin.login_answer;
END
$$;


ALTER FUNCTION orglogin.log_in(p_login jsonb) OWNER TO owner;

--
-- Name: may_join(uuid, text, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM orglogin.read_memberships(p_profile_id) AS m WHERE m.organization_id = p_organization_id) THEN
        RETURN false;
    END IF;
    PERFORM orglogin.confirm_missing('orglogin.removed_members');
    RETURN NOT EXISTS (
        SELECT
        FROM (SELECT p_profile_id UNION SELECT f.id FROM orglogin.find_profiles(p_email) AS f (id)) AS f (id)
        LEFT JOIN LATERAL orglogin.read_memberships(f.id) AS m ON m.organization_id = p_organization_id
        WHERE NOT coalesce(m.active, NOT EXISTS (
            SELECT FROM orglogin.removed_members AS r
            WHERE r.profile_id = f.id AND r.organization_id = p_organization_id))
    );
END
$$;


ALTER FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid) OWNER TO owner;

--
-- Name: next_domain_check(timestamp with time zone); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.next_domain_check(p_now timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT p_now + interval '23 hours' + random() * interval '2 hours'
$$;


ALTER FUNCTION orglogin.next_domain_check(p_now timestamp with time zone) OWNER TO owner;

--
-- Name: notify_connection(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_connection() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_row orglogin.connections;
BEGIN
    IF TG_OP = 'DELETE' THEN
        v_row := OLD;
    ELSE
        v_row := NEW;
    END IF;
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'connection', 'id', v_row.id)::text);
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'organization', 'id', v_row.organization_id)::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_connection() OWNER TO owner;

--
-- Name: notify_everything(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_everything() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'everything')::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_everything() OWNER TO owner;

--
-- Name: notify_membership(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_membership() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_row jsonb;
BEGIN
    FOREACH v_row IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
        WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
        ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)]
    END
    LOOP
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'membership', 'id', v_row ->> 'organization_id', 'user', v_row ->> TG_ARGV[0])::text);
    END LOOP;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_membership() OWNER TO owner;

--
-- Name: notify_old_slug(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_old_slug() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', OLD.organization_id, 'slugs', ARRAY[OLD.slug])::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', NEW.organization_id, 'slugs', ARRAY[NEW.slug])::text);
    END IF;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_old_slug() OWNER TO owner;

--
-- Name: notify_organization(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_organization() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'organization',
        'id', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END,
        'slugs', CASE
            WHEN TG_OP = 'INSERT' THEN ARRAY[NEW.slug]
            WHEN TG_OP = 'DELETE' OR OLD.slug = NEW.slug THEN ARRAY[OLD.slug]
            ELSE ARRAY[OLD.slug, NEW.slug]
        END)::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_organization() OWNER TO owner;

--
-- Name: notify_profile(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_profile() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'profile', 'id', OLD.id, 'user', OLD.id)::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_profile() OWNER TO owner;

--
-- Name: notify_session(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_session() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'session', 'id', OLD.id, 'user', OLD.profile_id)::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_session() OWNER TO owner;

--
-- Name: notify_settings(); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.notify_settings() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'organization',
        'id', CASE WHEN TG_OP = 'DELETE' THEN OLD.organization_id ELSE NEW.organization_id END)::text);
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.notify_settings() OWNER TO owner;

--
-- Name: opens(uuid, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF p_organization_id IS NOT NULL THEN
        RETURN p_organization_id = p_asked;
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM orglogin.organization_settings AS g
        WHERE g.organization_id = p_asked AND g.sso = 'required'
    );
END
$$;


ALTER FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid) OWNER TO owner;

--
-- Name: outranks(text, text); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.outranks(p_role text, p_other text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT coalesce(
        array_position(ARRAY['member', 'admin', 'owner'], p_role)
        > array_position(ARRAY['member', 'admin', 'owner'], p_other), false)
$$;


ALTER FUNCTION orglogin.outranks(p_role text, p_other text) OWNER TO owner;

--
-- Name: read_access_snapshot(text[], bytea); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea) RETURNS orglogin.access_snapshot
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_setting constant text := 'request.jwt.claims';
    v_claims  constant text := coalesce(current_setting(v_setting, true), '');
    v_set           text;
    v_person        record;
    v_ids           uuid[];
    v_texts         text[];
    v_place         record;
    v_slugs         text[] := p_slugs; -- that are still to be looked up
    v_memberships   text[]; -- NULL without
    v_organizations text[];
    v_found         text[];
    v_hidden        text := '';
    v_snapshot      orglogin.access_snapshot;
BEGIN
    SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled, u.organization_id AS last_used, m.ids, m.texts
    INTO v_person
    FROM (SELECT) AS one_row
    LEFT JOIN api.get_profile() AS p ON true
    LEFT JOIN orglogin.last_used AS u ON u.profile_id = (SELECT auth.uid())
    CROSS JOIN (
        SELECT
            array_agg(m.organization_id) AS ids,
            array_agg(ARRAY[coalesce(m.name, ''), coalesce(m.slug, ''), coalesce(m.role::text, ''), coalesce((
                SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = m.organization_id), 'off')]) AS texts
        FROM api.get_memberships() AS m
    ) AS m;
    v_ids := v_person.ids;
    v_texts := v_person.texts;
    FOR i IN 1 .. coalesce(cardinality(v_ids), 0) LOOP
        v_set := set_config(v_setting, (v_claims::jsonb || jsonb_build_object('org_id', v_ids[i]))::text, true);
        SELECT r.slug::text, r.subdomain_status::text AS status, o.id, o.name::text, o.slug::text AS current_slug, o.status::text AS current_status
        INTO v_place
        FROM api.get_subdomain_info_for_redirect(v_ids[i]) AS r
        LEFT JOIN LATERAL api.get_organization_by_slug(r.slug) AS o ON true
        LIMIT 1;
        v_memberships := v_memberships || ARRAY[
            v_ids[i]::text, v_texts[i][1], v_texts[i][2], v_texts[i][3],
            coalesce(v_place.slug, ''), coalesce(v_place.status, ''), coalesce(v_place.id::text, ''), v_texts[i][4]];
        IF v_place.id = v_ids[i] AND v_place.slug = ANY (v_slugs) THEN
            v_organizations := v_organizations || ARRAY[ARRAY[v_place.slug, v_place.id::text,
                coalesce(v_place.name, ''), coalesce(v_place.current_slug, ''), coalesce(v_place.current_status, ''), v_texts[i][4]]];
            v_slugs := array_remove(v_slugs, v_place.slug);
        END IF;
    END LOOP;
    IF v_memberships IS NOT NULL THEN
        v_set := set_config(v_setting, v_claims, true);
    END IF;
    IF cardinality(v_slugs) > 0 THEN
        SELECT array_agg(ARRAY[s.slug, o.id::text, coalesce(o.name, ''), coalesce(o.slug, ''), coalesce(o.status::text, ''), coalesce((
            SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = o.id), 'off')])
        INTO v_found
        FROM unnest(v_slugs) AS s (slug)
        CROSS JOIN LATERAL api.get_organization_by_slug(s.slug) AS o
        WHERE o.id IS NOT NULL;
        v_organizations := v_organizations || v_found;
    END IF;
    IF v_person.id IS NULL THEN
        v_hidden := CASE WHEN api.profile_exists() THEN 'profile' ELSE '' END;
    ELSIF v_memberships IS NULL THEN
        v_hidden := CASE WHEN api.count_memberships() > 0 THEN 'memberships' ELSE '' END;
    END IF;
    v_snapshot := ROW(
        coalesce(v_person.id::text, ''),
        coalesce(v_person.email, ''),
        coalesce(v_person.email_verified, false),
        coalesce(v_person.authoritative, false),
        coalesce(v_person.name, ''),
        coalesce(v_person.picture, ''),
        coalesce(v_person.disabled, false),
        v_memberships,
        coalesce(v_person.last_used::text, ''),
        v_organizations,
        '', '', '', '', '', '', '', '', '', NULL, '', NULL, false,
        v_hidden);
    IF p_invitation IS NOT NULL THEN
        SELECT
            coalesce(i.id::text, ''),
            coalesce(i.organization_id::text, ''),
            coalesce(i.organization_name, ''),
            coalesce(i.slug, ''),
            coalesce(i.subdomain_status::text, ''),
            coalesce(i.sso, ''),
            coalesce(i.email, ''),
            coalesce(i.role::text, ''),
            coalesce(i.inviter, ''),
            least(i.expires_at, timestamptz '9999-12-31 00:00:00+00'), -- a client cannot read infinity
            coalesce(i.accepted_by::text, ''),
            i.accepted_at,
            coalesce(i.revoked, false)
        INTO
            v_snapshot.invitation_id,
            v_snapshot.organization_id,
            v_snapshot.organization_name,
            v_snapshot.slug,
            v_snapshot.subdomain_status,
            v_snapshot.sso,
            v_snapshot.invited,
            v_snapshot.role,
            v_snapshot.inviter,
            v_snapshot.expires_at,
            v_snapshot.accepted_by,
            v_snapshot.accepted_at,
            v_snapshot.revoked
        FROM (SELECT) AS one_row
        LEFT JOIN api.get_invitation(p_invitation) AS i ON true;
    END IF;
    RETURN v_snapshot;
END
$$;


ALTER FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea) OWNER TO owner;

--
-- Name: read_memberships(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.read_memberships(p_profile_id uuid) RETURNS TABLE(organization_id uuid, role text, active boolean)
    LANGUAGE plpgsql STABLE ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT m.organization_id, m.role, m.active
        FROM orglogin.memberships AS m
        WHERE m.profile_id = p_profile_id;
END
$$;


ALTER FUNCTION orglogin.read_memberships(p_profile_id uuid) OWNER TO owner;

--
-- Name: read_organization(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.read_organization(p_id uuid) RETURNS TABLE(name text, slug text, subdomain_status text)
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.read_organization(p_id uuid) OWNER TO owner;

--
-- Name: read_profile(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.read_profile(p_id uuid) RETURNS TABLE(id uuid, email text, email_verified boolean, authoritative boolean, name text, picture text, disabled boolean, email_confirmed boolean)
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.read_profile(p_id uuid) OWNER TO owner;

--
-- Name: read_session_connections(uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.read_session_connections(p_session_id uuid) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN (
        SELECT array_agg(ARRAY[
            c.connection_id, coalesce(c.organization_id::text, ''), (extract(epoch FROM c.at) * 1000000)::bigint::text,
            coalesce(i.email, ''), coalesce(i.name, ''), coalesce(i.picture, '')
        ] ORDER BY c.at, c.connection_id)
        FROM orglogin.session_connections AS c
        LEFT JOIN orglogin.identities AS i
            ON c.organization_id IS NOT NULL AND i.profile_id = c.profile_id AND i.connection = c.connection_id
        WHERE c.session_id = p_session_id
    );
END
$$;


ALTER FUNCTION orglogin.read_session_connections(p_session_id uuid) OWNER TO owner;

--
-- Name: record_removal(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.record_removal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.email = (SELECT p.email FROM orglogin.read_profile((to_jsonb(OLD) ->> TG_ARGV[0])::uuid) AS p)
        AND i.organization_id = OLD.organization_id
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    -- Neither is found where it is deleted itself.
    INSERT INTO orglogin.removed_members (profile_id, organization_id)
    SELECT p.id, OLD.organization_id
    FROM orglogin.read_profile((to_jsonb(OLD) ->> TG_ARGV[0])::uuid) AS p
    CROSS JOIN orglogin.read_organization(OLD.organization_id) AS o
    ON CONFLICT ON CONSTRAINT removed_members_pkey DO NOTHING;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.record_removal() OWNER TO orglogin_definer;

--
-- Name: record_removal_of_all(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.record_removal_of_all() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.organization_id IN (
            SELECT m.organization_id
            FROM orglogin.find_profiles(i.email) AS f (id)
            CROSS JOIN LATERAL orglogin.read_memberships(f.id) AS m
        )
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    INSERT INTO orglogin.removed_members (profile_id, organization_id)
    SELECT p.id, m.organization_id
    FROM api.get_people(NULL, NULL) AS p
    CROSS JOIN LATERAL orglogin.read_memberships(p.id) AS m
    CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
    ON CONFLICT ON CONSTRAINT removed_members_pkey DO NOTHING;
    RETURN NULL;
END
$$;


ALTER FUNCTION orglogin.record_removal_of_all() OWNER TO orglogin_definer;

--
-- Name: revoke_invitations_of_person(); Type: FUNCTION; Schema: orglogin; Owner: orglogin_definer
--

CREATE FUNCTION orglogin.revoke_invitations_of_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.email = (SELECT p.email FROM orglogin.read_profile(OLD.id) AS p)
        AND i.organization_id IN (SELECT m.organization_id FROM orglogin.read_memberships(OLD.id) AS m)
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    RETURN OLD;
END
$$;


ALTER FUNCTION orglogin.revoke_invitations_of_person() OWNER TO orglogin_definer;

--
-- Name: save_receipts(text[], uuid[], timestamp with time zone[], text[]); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamp with time zone[], p_decisions text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_set text;
BEGIN
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'receipts of several people are saved in a transaction without claims of a person'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    v_set := set_config('synchronous_commit', 'off', true);
    FOR i IN 1 .. cardinality(p_ids) LOOP
        v_set := set_config('request.jwt.claims',
            jsonb_build_object('sub', p_people[i], 'role', 'authenticated')::text, true);
        INSERT INTO orglogin.receipts (id, profile_id, at, decision)
        VALUES (p_ids[i], p_people[i], p_at[i], p_decisions[i]::json);
    END LOOP;
END
$$;


ALTER FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamp with time zone[], p_decisions text[]) OWNER TO owner;

--
-- Name: start_session(uuid, orglogin.login, uuid); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_alone boolean := pg_current_xact_id_if_assigned() IS NULL; -- nothing was written or locked yet
    v_set   text;
BEGIN
    WITH session AS (
        INSERT INTO orglogin.sessions (
            id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at
        ) VALUES (
            p_login.session_id, p_profile_id, p_login.secret_hash, p_login.browser_hash,
            p_login.created_at, p_login.last_seen_at, p_login.expires_at
        )
    )
    INSERT INTO orglogin.session_connections (session_id, connection_id, profile_id, organization_id, at)
    VALUES (p_login.session_id, p_login.connection, p_profile_id, p_organization_id, p_login.now);
    IF p_login.replaces IS NOT NULL THEN
        -- A connection that is being disabled is removed from the other session first.
        PERFORM FROM orglogin.connections AS k
        WHERE k.id IN (
            SELECT c.connection_id
            FROM orglogin.session_connections AS c
            WHERE c.session_id = p_login.replaces AND c.organization_id IS NOT NULL
        )
        FOR SHARE;
        INSERT INTO orglogin.session_connections (session_id, connection_id, profile_id, organization_id, at)
        SELECT p_login.session_id, c.connection_id, p_profile_id, c.organization_id, c.at
        FROM orglogin.session_connections AS c
        JOIN orglogin.sessions AS s ON s.id = c.session_id
        WHERE c.session_id = p_login.replaces
            AND s.profile_id = p_profile_id
            AND s.ended_at IS NULL
            AND s.expires_at > p_login.now
            AND c.connection_id <> p_login.connection
            AND c.at > p_login.now - (p_login.expires_at - p_login.created_at);
        v_alone := v_alone AND NOT FOUND;
        UPDATE orglogin.sessions SET ended_at = p_login.now WHERE id = p_login.replaces AND ended_at IS NULL;
        v_alone := v_alone AND NOT FOUND;
    END IF;
    IF v_alone THEN
        v_set := set_config('synchronous_commit', 'off', true);
    END IF;
    v_set := set_config('request.jwt.claims',
        jsonb_build_object('sub', p_profile_id, 'role', 'authenticated')::text, true);
    RETURN v_alone;
END
$$;


ALTER FUNCTION orglogin.start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid) OWNER TO owner;

--
-- Name: update_profile(uuid, orglogin.login); Type: FUNCTION; Schema: orglogin; Owner: owner
--

CREATE FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login) OWNER TO owner;

--
-- Name: api_tokens; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.api_tokens (
    id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    scopes text NOT NULL,
    organization_id uuid,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

ALTER TABLE ONLY orglogin.api_tokens FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.api_tokens OWNER TO owner;

--
-- Name: audit; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.audit (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    by_whom text NOT NULL,
    action text NOT NULL,
    organization_id text DEFAULT ''::text NOT NULL,
    target text NOT NULL,
    profile_id text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY orglogin.audit FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.audit OWNER TO owner;

--
-- Name: connection_tests; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.connection_tests (
    token_hash bytea NOT NULL,
    connection_id text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orglogin.connection_tests FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.connection_tests OWNER TO owner;

--
-- Name: flows; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.flows (
    id text NOT NULL COLLATE pg_catalog."C",
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orglogin.flows FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.flows OWNER TO owner;

--
-- Name: idempotent_requests; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.idempotent_requests (
    token_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL,
    answer text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orglogin.idempotent_requests FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.idempotent_requests OWNER TO owner;

--
-- Name: identities; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.identities (
    connection text DEFAULT 'default'::text NOT NULL COLLATE pg_catalog."C",
    issuer text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    profile_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    email text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    email_verified boolean DEFAULT false NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    picture text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY orglogin.identities FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.identities OWNER TO owner;

--
-- Name: join_requests; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.join_requests (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    email text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'waiting'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT join_requests_decided_whole CHECK (((state = 'waiting'::text) = (decided_at IS NULL))),
    CONSTRAINT join_requests_state_valid CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'declined'::text])))
);

ALTER TABLE ONLY orglogin.join_requests FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.join_requests OWNER TO owner;

--
-- Name: last_used; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.last_used (
    profile_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    used_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orglogin.last_used FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.last_used OWNER TO owner;

--
-- Name: memberships; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.memberships (
    profile_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    role text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT memberships_role_given CHECK ((role <> ''::text))
);

ALTER TABLE ONLY orglogin.memberships FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.memberships OWNER TO owner;

--
-- Name: organization_brands; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.organization_brands (
    organization_id uuid NOT NULL,
    color text DEFAULT ''::text NOT NULL,
    logo_hash text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    logo bytea DEFAULT '\x'::bytea NOT NULL,
    CONSTRAINT organization_brands_color_valid CHECK ((color ~ '^(#[0-9a-f]{6})?$'::text)),
    CONSTRAINT organization_brands_logo_valid CHECK (((logo_hash ~ '^([0-9a-f]{32})?$'::text) AND ((logo_hash = ''::text) = (logo = '\x'::bytea))))
);

ALTER TABLE ONLY orglogin.organization_brands FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.organization_brands OWNER TO owner;

--
-- Name: organization_settings; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.organization_settings (
    organization_id uuid NOT NULL,
    sso text DEFAULT 'off'::text NOT NULL,
    CONSTRAINT organization_settings_sso_valid CHECK ((sso = ANY (ARRAY['off'::text, 'optional'::text, 'required'::text])))
);

ALTER TABLE ONLY orglogin.organization_settings FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.organization_settings OWNER TO owner;

--
-- Name: organization_slugs; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.organization_slugs (
    slug text NOT NULL COLLATE pg_catalog."C",
    organization_id uuid NOT NULL,
    left_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY orglogin.organization_slugs FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.organization_slugs OWNER TO owner;

--
-- Name: organizations; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    slug text NOT NULL COLLATE pg_catalog."C",
    subdomain_status text DEFAULT 'pending'::text NOT NULL,
    name_self_chosen boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT organizations_slug_valid CHECK (((slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text) AND (slug !~ '^xn--'::text) AND (slug <> ALL (ARRAY['www'::text, 'api'::text, 'auth'::text, 'login'::text, 'app'::text, 'admin'::text, 'mail'::text, 'static'::text, 'cdn'::text, 'idp'::text, 'ns'::text, 'smtp'::text, 'assets'::text])))),
    CONSTRAINT organizations_subdomain_status_valid CHECK ((subdomain_status = ANY (ARRAY['pending'::text, 'verifying'::text, 'verified'::text, 'failed'::text, 'disabled'::text])))
);

ALTER TABLE ONLY orglogin.organizations FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.organizations OWNER TO owner;

--
-- Name: outbox; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.outbox (
    invitation_id uuid NOT NULL,
    sealed_token text NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    detail text NOT NULL,
    CONSTRAINT outbox_state_valid CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text])))
);

ALTER TABLE ONLY orglogin.outbox FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.outbox OWNER TO owner;

--
-- Name: profiles; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.profiles (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL COLLATE pg_catalog."C",
    email_verified boolean DEFAULT false NOT NULL,
    authoritative boolean DEFAULT false NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    picture text DEFAULT ''::text NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    email_imported boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY orglogin.profiles FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.profiles OWNER TO owner;

--
-- Name: receipts; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.receipts (
    id text NOT NULL COLLATE pg_catalog."C",
    profile_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    decision json NOT NULL
);

ALTER TABLE ONLY orglogin.receipts FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.receipts OWNER TO owner;

--
-- Name: removed_members; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.removed_members (
    profile_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    removed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY orglogin.removed_members FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.removed_members OWNER TO owner;

--
-- Name: schema_versions; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.schema_versions (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL,
    oldest_program bigint DEFAULT 1 NOT NULL
);

ALTER TABLE ONLY orglogin.schema_versions FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.schema_versions OWNER TO owner;

--
-- Name: schema_versions_id_seq; Type: SEQUENCE; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.schema_versions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orglogin.schema_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: session_connections; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.session_connections (
    session_id uuid NOT NULL,
    connection_id text NOT NULL COLLATE pg_catalog."C",
    profile_id uuid NOT NULL,
    organization_id uuid,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orglogin.session_connections FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.session_connections OWNER TO owner;

--
-- Name: sessions; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.sessions (
    id uuid NOT NULL,
    profile_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

ALTER TABLE ONLY orglogin.sessions FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.sessions OWNER TO owner;

--
-- Name: shipped_functions; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.shipped_functions (
    name text NOT NULL COLLATE pg_catalog."C",
    hash text NOT NULL COLLATE pg_catalog."C"
);

ALTER TABLE ONLY orglogin.shipped_functions FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.shipped_functions OWNER TO owner;

--
-- Name: workspaces; Type: TABLE; Schema: orglogin; Owner: owner
--

CREATE TABLE orglogin.workspaces (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY orglogin.workspaces FORCE ROW LEVEL SECURITY;


ALTER TABLE orglogin.workspaces OWNER TO owner;

--
-- Data for Name: api_tokens; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: audit; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: connection_tests; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: connections; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: flows; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: idempotent_requests; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: identities; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: invitations; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: join_requests; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: last_used; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: memberships; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: organization_brands; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: organization_domains; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: organization_settings; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: organization_slugs; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: organizations; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: outbox; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: profiles; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: receipts; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: removed_members; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: schema_versions; Type: TABLE DATA; Schema: orglogin; Owner: owner
--

INSERT INTO orglogin.schema_versions VALUES (1, 0, true, '2026-11-30 09:19:51.357518', 1);
INSERT INTO orglogin.schema_versions VALUES (2, 1, true, '2026-11-30 09:19:51.374404', 1);
INSERT INTO orglogin.schema_versions VALUES (3, 2, true, '2026-11-30 09:19:51.77374', 1);
INSERT INTO orglogin.schema_versions VALUES (4, 3, true, '2026-11-30 09:19:51.798655', 1);
INSERT INTO orglogin.schema_versions VALUES (5, 4, true, '2026-11-30 09:19:51.803176', 1);
INSERT INTO orglogin.schema_versions VALUES (6, 5, true, '2026-11-30 09:19:51.806777', 1);
INSERT INTO orglogin.schema_versions VALUES (7, 6, true, '2026-11-30 09:19:51.818663', 1);
INSERT INTO orglogin.schema_versions VALUES (8, 7, true, '2026-11-30 09:19:51.820386', 1);
INSERT INTO orglogin.schema_versions VALUES (9, 8, true, '2026-11-30 09:19:51.827', 1);
INSERT INTO orglogin.schema_versions VALUES (10, 9, true, '2026-11-30 09:19:51.837187', 1);
INSERT INTO orglogin.schema_versions VALUES (11, 10, true, '2026-11-30 09:19:51.83814', 1);
INSERT INTO orglogin.schema_versions VALUES (12, 11, true, '2026-11-30 09:19:51.847159', 1);
INSERT INTO orglogin.schema_versions VALUES (13, 12, true, '2026-11-30 09:19:51.851976', 1);


--
-- Data for Name: session_connections; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: sessions; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Data for Name: shipped_functions; Type: TABLE DATA; Schema: orglogin; Owner: owner
--

INSERT INTO orglogin.shipped_functions VALUES ('orglogin.account_tables', '4fd2223aa4b5b710392e1343fb0dbf58b2d812a055fdad325b7009ea621057c5');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.find_profiles', '2331517af5bf3eeec8db61fae268ecf239d1656bc66d7a5d6ccd00aa8218c2c4');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.lock_profile', 'c45297bc249b8140215e90a485fbc444f932a2e9b88c4bacc94c563831ac8b4a');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.read_profile', '77e1486145cf96ccba1bdd7e2866c765f9c5c5da63ae2c301bafc721df8b3b58');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.create_profile', 'ebf33a66929b3cf428d72845b854dfadb656aacffb3d9da21386743531501da8');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.update_profile', 'd881b14f30bf3a06ad4a695d323cb58704260f7f0dec1d3279e039b824d7f41c');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.read_memberships', '520a3681feabd2ddd168a123f28c2ac03e7408f72f7813402c79b885f953e28e');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.activate_membership', '8a4c126b0c072d3579d0dd304b351b3ca0484bce6170eba3df20c09e0dc98398');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.read_organization', '58efb11d165d44f7ebbfbf6a55a2a2d9b50172df08711e314dfb41b64e0ad9e4');
INSERT INTO orglogin.shipped_functions VALUES ('orglogin.create_organization', '5cb0bd16f569009a602364ed4bf4527b4340daa9c8306de04980b6fcc8e2020a');
INSERT INTO orglogin.shipped_functions VALUES ('api.get_profile', '2253d7aebc944791ab34ced950d7bb524dad30102cebebf78ef5c7445525c732');
INSERT INTO orglogin.shipped_functions VALUES ('api.get_memberships', '8a938dc040627f098cffbeaa645c3b6c7151acaf7f0f0636d78070fb6e67b996');
INSERT INTO orglogin.shipped_functions VALUES ('api.get_subdomain_info_for_redirect', 'e9f17c13ab86a5a7377709cc45ba3d05845df5ad097afa2a550845e203eea02f');
INSERT INTO orglogin.shipped_functions VALUES ('api.get_organization_by_slug', '1befdf28f4ac0453832c65f1fd27b97f75bdfd36dcad258ac0d8284eda9cdee2');
INSERT INTO orglogin.shipped_functions VALUES ('api.get_people', '00cfd257ffdfd508e035128443961cfd3d5a8307dba567e42e0e6d38a75476ed');


--
-- Data for Name: workspaces; Type: TABLE DATA; Schema: orglogin; Owner: owner
--



--
-- Name: schema_versions_id_seq; Type: SEQUENCE SET; Schema: orglogin; Owner: owner
--

SELECT pg_catalog.setval('orglogin.schema_versions_id_seq', 13, true);


--
-- Name: api_tokens api_tokens_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);


--
-- Name: api_tokens api_tokens_token_hash_key; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.api_tokens
    ADD CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);


--
-- Name: connection_tests connection_tests_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.connection_tests
    ADD CONSTRAINT connection_tests_pkey PRIMARY KEY (token_hash);


--
-- Name: connections connections_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.connections
    ADD CONSTRAINT connections_pkey PRIMARY KEY (id);


--
-- Name: flows flows_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.flows
    ADD CONSTRAINT flows_pkey PRIMARY KEY (id);


--
-- Name: idempotent_requests idempotent_requests_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.idempotent_requests
    ADD CONSTRAINT idempotent_requests_pkey PRIMARY KEY (token_id, key);


--
-- Name: identities identities_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (connection, issuer, subject);


--
-- Name: invitations invitations_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);


--
-- Name: invitations invitations_token_hash_key; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.invitations
    ADD CONSTRAINT invitations_token_hash_key UNIQUE (token_hash);


--
-- Name: join_requests join_requests_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.join_requests
    ADD CONSTRAINT join_requests_pkey PRIMARY KEY (id);


--
-- Name: last_used last_used_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.last_used
    ADD CONSTRAINT last_used_pkey PRIMARY KEY (profile_id);


--
-- Name: memberships memberships_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (profile_id, organization_id);


--
-- Name: organization_brands organization_brands_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_brands
    ADD CONSTRAINT organization_brands_pkey PRIMARY KEY (organization_id);


--
-- Name: organization_domains organization_domains_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_domains
    ADD CONSTRAINT organization_domains_pkey PRIMARY KEY (organization_id, domain);


--
-- Name: organization_settings organization_settings_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_settings
    ADD CONSTRAINT organization_settings_pkey PRIMARY KEY (organization_id);


--
-- Name: organization_slugs organization_slugs_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_slugs
    ADD CONSTRAINT organization_slugs_pkey PRIMARY KEY (slug);


--
-- Name: organizations organizations_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);


--
-- Name: organizations organizations_slug_key; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organizations
    ADD CONSTRAINT organizations_slug_key UNIQUE (slug);


--
-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (invitation_id);


--
-- Name: profiles profiles_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.profiles
    ADD CONSTRAINT profiles_pkey PRIMARY KEY (id);


--
-- Name: receipts receipts_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (id);


--
-- Name: removed_members removed_members_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.removed_members
    ADD CONSTRAINT removed_members_pkey PRIMARY KEY (profile_id, organization_id);


--
-- Name: schema_versions schema_versions_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (id);


--
-- Name: session_connections session_connections_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.session_connections
    ADD CONSTRAINT session_connections_pkey PRIMARY KEY (session_id, connection_id);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);


--
-- Name: sessions sessions_secret_hash_key; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.sessions
    ADD CONSTRAINT sessions_secret_hash_key UNIQUE (secret_hash);


--
-- Name: shipped_functions shipped_functions_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.shipped_functions
    ADD CONSTRAINT shipped_functions_pkey PRIMARY KEY (name);


--
-- Name: workspaces workspaces_pkey; Type: CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);


--
-- Name: api_tokens_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX api_tokens_organization_idx ON orglogin.api_tokens USING btree (organization_id);


--
-- Name: audit_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX audit_at_idx ON orglogin.audit USING btree (at, id);


--
-- Name: audit_email_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX audit_email_idx ON orglogin.audit USING btree (email) WHERE (email <> ''::text);


--
-- Name: audit_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX audit_organization_idx ON orglogin.audit USING btree (organization_id, at, id);


--
-- Name: audit_profile_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX audit_profile_idx ON orglogin.audit USING btree (profile_id) WHERE (profile_id <> ''::text);


--
-- Name: connection_tests_connection_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX connection_tests_connection_idx ON orglogin.connection_tests USING btree (connection_id);


--
-- Name: connection_tests_expires_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX connection_tests_expires_at_idx ON orglogin.connection_tests USING btree (expires_at);


--
-- Name: connections_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX connections_organization_idx ON orglogin.connections USING btree (organization_id, name, id);


--
-- Name: flows_expires_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX flows_expires_at_idx ON orglogin.flows USING btree (expires_at);


--
-- Name: idempotent_requests_created_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX idempotent_requests_created_at_idx ON orglogin.idempotent_requests USING btree (created_at);


--
-- Name: identities_profile_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX identities_profile_idx ON orglogin.identities USING btree (profile_id);


--
-- Name: invitations_accepted_by_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX invitations_accepted_by_idx ON orglogin.invitations USING btree (accepted_by);


--
-- Name: invitations_email_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX invitations_email_idx ON orglogin.invitations USING btree (email, expires_at) WHERE ((accepted_by IS NULL) AND (NOT revoked));


--
-- Name: invitations_invited_by_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX invitations_invited_by_idx ON orglogin.invitations USING btree (invited_by);


--
-- Name: invitations_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX invitations_organization_idx ON orglogin.invitations USING btree (organization_id, created_at, id);


--
-- Name: join_requests_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX join_requests_organization_idx ON orglogin.join_requests USING btree (organization_id, created_at);


--
-- Name: join_requests_profile_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX join_requests_profile_idx ON orglogin.join_requests USING btree (profile_id);


--
-- Name: join_requests_waiting_key; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE UNIQUE INDEX join_requests_waiting_key ON orglogin.join_requests USING btree (profile_id, organization_id) WHERE (state = 'waiting'::text);


--
-- Name: last_used_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX last_used_organization_idx ON orglogin.last_used USING btree (organization_id);


--
-- Name: memberships_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX memberships_organization_idx ON orglogin.memberships USING btree (organization_id, created_at, profile_id);


--
-- Name: organization_brands_logo_hash_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX organization_brands_logo_hash_idx ON orglogin.organization_brands USING btree (logo_hash) WHERE (logo_hash <> ''::text);


--
-- Name: organization_domains_next_check_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX organization_domains_next_check_at_idx ON orglogin.organization_domains USING btree (next_check_at) WHERE ((status <> 'pending'::text) AND (NOT by_hand));


--
-- Name: organization_domains_verified_key; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE UNIQUE INDEX organization_domains_verified_key ON orglogin.organization_domains USING btree (domain) WHERE (status = 'verified'::text);


--
-- Name: organization_slugs_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX organization_slugs_organization_idx ON orglogin.organization_slugs USING btree (organization_id);


--
-- Name: outbox_next_attempt_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX outbox_next_attempt_at_idx ON orglogin.outbox USING btree (next_attempt_at) WHERE (state = 'queued'::text);


--
-- Name: profiles_email_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX profiles_email_idx ON orglogin.profiles USING btree (email, created_at, id);


--
-- Name: receipts_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX receipts_at_idx ON orglogin.receipts USING btree (at);


--
-- Name: receipts_profile_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX receipts_profile_idx ON orglogin.receipts USING btree (profile_id);


--
-- Name: removed_members_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX removed_members_organization_idx ON orglogin.removed_members USING btree (organization_id);


--
-- Name: session_connections_connection_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX session_connections_connection_idx ON orglogin.session_connections USING btree (connection_id) WHERE (organization_id IS NOT NULL);


--
-- Name: sessions_expires_at_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX sessions_expires_at_idx ON orglogin.sessions USING btree (expires_at);


--
-- Name: sessions_profile_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX sessions_profile_idx ON orglogin.sessions USING btree (profile_id, created_at);


--
-- Name: workspaces_organization_idx; Type: INDEX; Schema: orglogin; Owner: owner
--

CREATE INDEX workspaces_organization_idx ON orglogin.workspaces USING btree (organization_id);


--
-- Name: connections end_connection; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER end_connection AFTER UPDATE OF state ON orglogin.connections FOR EACH ROW WHEN (((old.state = 'active'::text) AND (new.state <> 'active'::text))) EXECUTE FUNCTION orglogin.end_connection();


--
-- Name: connections end_connection_deleted; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER end_connection_deleted AFTER DELETE ON orglogin.connections FOR EACH ROW EXECUTE FUNCTION orglogin.end_connection();


--
-- Name: profiles end_sessions; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER end_sessions AFTER UPDATE OF disabled ON orglogin.profiles FOR EACH ROW WHEN ((new.disabled AND (NOT old.disabled))) EXECUTE FUNCTION orglogin.end_sessions();


--
-- Name: organizations keep_slug; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER keep_slug AFTER UPDATE OF slug ON orglogin.organizations FOR EACH ROW WHEN ((old.slug <> new.slug)) EXECUTE FUNCTION orglogin.keep_slug();


--
-- Name: organizations keep_slug_of_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER keep_slug_of_new AFTER INSERT ON orglogin.organizations FOR EACH ROW EXECUTE FUNCTION orglogin.keep_slug();


--
-- Name: connections notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.connections FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION orglogin.notify_connection();


--
-- Name: memberships notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.memberships FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION orglogin.notify_membership('profile_id');


--
-- Name: organization_brands notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_brands FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION orglogin.notify_settings();


--
-- Name: organization_settings notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_settings FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION orglogin.notify_settings();


--
-- Name: organization_slugs notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_slugs FOR EACH ROW WHEN (((old.slug IS DISTINCT FROM new.slug) OR (old.organization_id IS DISTINCT FROM new.organization_id))) EXECUTE FUNCTION orglogin.notify_old_slug();


--
-- Name: organizations notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE OF slug, name, subdomain_status, name_self_chosen ON orglogin.organizations FOR EACH ROW WHEN (((((old.slug IS DISTINCT FROM new.slug) OR (old.name IS DISTINCT FROM new.name)) OR (old.subdomain_status IS DISTINCT FROM new.subdomain_status)) OR (old.name_self_chosen IS DISTINCT FROM new.name_self_chosen))) EXECUTE FUNCTION orglogin.notify_organization();


--
-- Name: profiles notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.profiles FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION orglogin.notify_profile();


--
-- Name: sessions notify; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify AFTER UPDATE ON orglogin.sessions FOR EACH ROW WHEN (((new.expires_at < old.expires_at) OR (new.last_seen_at < old.last_seen_at) OR (((((old.id IS DISTINCT FROM new.id) OR (old.profile_id IS DISTINCT FROM new.profile_id)) OR (old.secret_hash IS DISTINCT FROM new.secret_hash)) OR (old.browser_hash IS DISTINCT FROM new.browser_hash)) OR (old.ended_at IS DISTINCT FROM new.ended_at)))) EXECUTE FUNCTION orglogin.notify_session();


--
-- Name: profiles notify_deleted; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_deleted AFTER DELETE ON orglogin.profiles FOR EACH ROW EXECUTE FUNCTION orglogin.notify_profile();


--
-- Name: sessions notify_deleted; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_deleted AFTER DELETE ON orglogin.sessions FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (old.expires_at > clock_timestamp()))) EXECUTE FUNCTION orglogin.notify_session();


--
-- Name: connections notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.connections FOR EACH ROW EXECUTE FUNCTION orglogin.notify_connection();


--
-- Name: memberships notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.memberships FOR EACH ROW EXECUTE FUNCTION orglogin.notify_membership('profile_id');


--
-- Name: organization_brands notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_brands FOR EACH ROW EXECUTE FUNCTION orglogin.notify_settings();


--
-- Name: organization_settings notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_settings FOR EACH ROW EXECUTE FUNCTION orglogin.notify_settings();


--
-- Name: organization_slugs notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_slugs FOR EACH ROW WHEN ((CURRENT_USER <> 'orglogin_definer'::name)) EXECUTE FUNCTION orglogin.notify_old_slug();


--
-- Name: organizations notify_new; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organizations FOR EACH ROW EXECUTE FUNCTION orglogin.notify_organization();


--
-- Name: connections notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.connections FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: identities notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.identities FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: memberships notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.memberships FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: organization_brands notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.organization_brands FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: organization_settings notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.organization_settings FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: organization_slugs notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.organization_slugs FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: organizations notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.organizations FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: profiles notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.profiles FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: session_connections notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.session_connections FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: sessions notify_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.sessions FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything();


--
-- Name: memberships record_removal; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER record_removal AFTER UPDATE ON orglogin.memberships FOR EACH ROW WHEN (((old.active AND (NOT new.active)) OR ((old.profile_id IS DISTINCT FROM new.profile_id) OR (old.organization_id IS DISTINCT FROM new.organization_id)))) EXECUTE FUNCTION orglogin.record_removal('profile_id');


--
-- Name: memberships record_removal_deleted; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER record_removal_deleted AFTER DELETE ON orglogin.memberships FOR EACH ROW EXECUTE FUNCTION orglogin.record_removal('profile_id');


--
-- Name: memberships record_removal_truncated; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER record_removal_truncated BEFORE TRUNCATE ON orglogin.memberships FOR EACH STATEMENT EXECUTE FUNCTION orglogin.record_removal_of_all();


--
-- Name: profiles revoke_invitations; Type: TRIGGER; Schema: orglogin; Owner: owner
--

CREATE TRIGGER revoke_invitations BEFORE DELETE ON orglogin.profiles FOR EACH ROW EXECUTE FUNCTION orglogin.revoke_invitations_of_person();


--
-- Name: api_tokens api_tokens_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.api_tokens
    ADD CONSTRAINT api_tokens_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: connection_tests connection_tests_connection_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.connection_tests
    ADD CONSTRAINT connection_tests_connection_fkey FOREIGN KEY (connection_id) REFERENCES orglogin.connections(id) ON DELETE CASCADE;


--
-- Name: connections connections_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.connections
    ADD CONSTRAINT connections_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: idempotent_requests idempotent_requests_token_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.idempotent_requests
    ADD CONSTRAINT idempotent_requests_token_fkey FOREIGN KEY (token_id) REFERENCES orglogin.api_tokens(id) ON DELETE CASCADE;


--
-- Name: identities identities_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.identities
    ADD CONSTRAINT identities_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: invitations invitations_accepted_by_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.invitations
    ADD CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: invitations invitations_invited_by_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.invitations
    ADD CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES orglogin.profiles(id) ON DELETE SET NULL;


--
-- Name: invitations invitations_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.invitations
    ADD CONSTRAINT invitations_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: join_requests join_requests_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.join_requests
    ADD CONSTRAINT join_requests_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: join_requests join_requests_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.join_requests
    ADD CONSTRAINT join_requests_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: last_used last_used_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.last_used
    ADD CONSTRAINT last_used_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: last_used last_used_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.last_used
    ADD CONSTRAINT last_used_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: memberships memberships_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.memberships
    ADD CONSTRAINT memberships_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: memberships memberships_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.memberships
    ADD CONSTRAINT memberships_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: organization_brands organization_brands_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_brands
    ADD CONSTRAINT organization_brands_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: organization_domains organization_domains_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_domains
    ADD CONSTRAINT organization_domains_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: organization_settings organization_settings_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_settings
    ADD CONSTRAINT organization_settings_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: organization_slugs organization_slugs_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.organization_slugs
    ADD CONSTRAINT organization_slugs_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: outbox outbox_invitation_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.outbox
    ADD CONSTRAINT outbox_invitation_fkey FOREIGN KEY (invitation_id) REFERENCES orglogin.invitations(id) ON DELETE CASCADE;


--
-- Name: receipts receipts_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.receipts
    ADD CONSTRAINT receipts_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: removed_members removed_members_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.removed_members
    ADD CONSTRAINT removed_members_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: removed_members removed_members_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.removed_members
    ADD CONSTRAINT removed_members_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: session_connections session_connections_session_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.session_connections
    ADD CONSTRAINT session_connections_session_fkey FOREIGN KEY (session_id) REFERENCES orglogin.sessions(id) ON DELETE CASCADE;


--
-- Name: sessions sessions_profile_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.sessions
    ADD CONSTRAINT sessions_profile_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles(id) ON DELETE CASCADE;


--
-- Name: workspaces workspaces_organization_fkey; Type: FK CONSTRAINT; Schema: orglogin; Owner: owner
--

ALTER TABLE ONLY orglogin.workspaces
    ADD CONSTRAINT workspaces_organization_fkey FOREIGN KEY (organization_id) REFERENCES orglogin.organizations(id) ON DELETE CASCADE;


--
-- Name: api_tokens admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.api_tokens TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: audit admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.audit TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: connection_tests admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.connection_tests TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: connections admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.connections TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: flows admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.flows TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: idempotent_requests admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.idempotent_requests TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: identities admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.identities TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: invitations admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.invitations TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: join_requests admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.join_requests TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: last_used admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.last_used TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: memberships admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.memberships TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: organization_brands admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.organization_brands TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: organization_domains admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.organization_domains TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: organization_settings admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.organization_settings TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: organization_slugs admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.organization_slugs TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: organizations admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.organizations TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: outbox admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.outbox TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: profiles admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.profiles TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: receipts admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.receipts TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: removed_members admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.removed_members TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: schema_versions admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.schema_versions TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: session_connections admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.session_connections TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: sessions admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.sessions TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: shipped_functions admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.shipped_functions TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: workspaces admin; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY admin ON orglogin.workspaces TO orglogin_admin USING (true) WITH CHECK (true);


--
-- Name: api_tokens; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.api_tokens ENABLE ROW LEVEL SECURITY;

--
-- Name: audit; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.audit ENABLE ROW LEVEL SECURITY;

--
-- Name: last_used change; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY change ON orglogin.last_used FOR UPDATE TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid))) WITH CHECK ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: connection_tests; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.connection_tests ENABLE ROW LEVEL SECURITY;

--
-- Name: connections; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.connections ENABLE ROW LEVEL SECURITY;

--
-- Name: connection_tests definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.connection_tests TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: connections definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.connections TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: flows definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.flows TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: identities definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.identities TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: invitations definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.invitations TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: join_requests definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.join_requests TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: memberships definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.memberships TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: organization_domains definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.organization_domains TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: organization_settings definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.organization_settings TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: organization_slugs definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.organization_slugs TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: organizations definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.organizations TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: profiles definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.profiles TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: receipts definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.receipts TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: removed_members definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.removed_members TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: session_connections definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.session_connections TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: sessions definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.sessions TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: workspaces definer; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY definer ON orglogin.workspaces TO orglogin_definer USING (true) WITH CHECK (true);


--
-- Name: flows; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.flows ENABLE ROW LEVEL SECURITY;

--
-- Name: idempotent_requests; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.idempotent_requests ENABLE ROW LEVEL SECURITY;

--
-- Name: identities; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.identities ENABLE ROW LEVEL SECURITY;

--
-- Name: invitations; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.invitations ENABLE ROW LEVEL SECURITY;

--
-- Name: join_requests; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.join_requests ENABLE ROW LEVEL SECURITY;

--
-- Name: last_used; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.last_used ENABLE ROW LEVEL SECURITY;

--
-- Name: sessions live; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY live ON orglogin.sessions FOR UPDATE TO orglogin_service USING (((profile_id = ( SELECT auth.uid() AS uid)) AND (ended_at IS NULL))) WITH CHECK ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: organizations member; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY member ON orglogin.organizations FOR SELECT TO orglogin_service USING ((((id)::text = COALESCE((( SELECT auth.jwt() AS jwt) ->> 'org_id'::text), (id)::text)) AND (EXISTS ( SELECT
   FROM orglogin.memberships m
  WHERE ((m.organization_id = organizations.id) AND (m.profile_id = ( SELECT auth.uid() AS uid)) AND m.active)))));


--
-- Name: workspaces member; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY member ON orglogin.workspaces FOR SELECT TO orglogin_service USING ((((organization_id)::text = COALESCE((( SELECT auth.jwt() AS jwt) ->> 'org_id'::text), (organization_id)::text)) AND (EXISTS ( SELECT
   FROM orglogin.memberships m
  WHERE ((m.organization_id = workspaces.organization_id) AND (m.profile_id = ( SELECT auth.uid() AS uid)) AND m.active)))));


--
-- Name: memberships; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.memberships ENABLE ROW LEVEL SECURITY;

--
-- Name: last_used mine; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY mine ON orglogin.last_used FOR INSERT TO orglogin_service WITH CHECK ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: receipts mine; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY mine ON orglogin.receipts FOR INSERT TO orglogin_service WITH CHECK ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: organization_brands; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.organization_brands ENABLE ROW LEVEL SECURITY;

--
-- Name: organization_domains; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.organization_domains ENABLE ROW LEVEL SECURITY;

--
-- Name: organization_settings; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.organization_settings ENABLE ROW LEVEL SECURITY;

--
-- Name: organization_slugs; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.organization_slugs ENABLE ROW LEVEL SECURITY;

--
-- Name: organizations; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.organizations ENABLE ROW LEVEL SECURITY;

--
-- Name: outbox; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.outbox ENABLE ROW LEVEL SECURITY;

--
-- Name: identities own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.identities FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: last_used own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.last_used FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: memberships own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.memberships FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: profiles own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.profiles FOR SELECT TO orglogin_service USING ((id = ( SELECT auth.uid() AS uid)));


--
-- Name: receipts own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.receipts FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: session_connections own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.session_connections FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: sessions own; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY own ON orglogin.sessions FOR SELECT TO orglogin_service USING ((profile_id = ( SELECT auth.uid() AS uid)));


--
-- Name: api_tokens owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.api_tokens TO owner USING (true) WITH CHECK (true);


--
-- Name: audit owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.audit TO owner USING (true) WITH CHECK (true);


--
-- Name: connection_tests owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.connection_tests TO owner USING (true) WITH CHECK (true);


--
-- Name: connections owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.connections TO owner USING (true) WITH CHECK (true);


--
-- Name: flows owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.flows TO owner USING (true) WITH CHECK (true);


--
-- Name: idempotent_requests owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.idempotent_requests TO owner USING (true) WITH CHECK (true);


--
-- Name: identities owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.identities TO owner USING (true) WITH CHECK (true);


--
-- Name: invitations owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.invitations TO owner USING (true) WITH CHECK (true);


--
-- Name: join_requests owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.join_requests TO owner USING (true) WITH CHECK (true);


--
-- Name: last_used owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.last_used TO owner USING (true) WITH CHECK (true);


--
-- Name: memberships owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.memberships TO owner USING (true) WITH CHECK (true);


--
-- Name: organization_brands owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.organization_brands TO owner USING (true) WITH CHECK (true);


--
-- Name: organization_domains owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.organization_domains TO owner USING (true) WITH CHECK (true);


--
-- Name: organization_settings owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.organization_settings TO owner USING (true) WITH CHECK (true);


--
-- Name: organization_slugs owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.organization_slugs TO owner USING (true) WITH CHECK (true);


--
-- Name: organizations owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.organizations TO owner USING (true) WITH CHECK (true);


--
-- Name: outbox owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.outbox TO owner USING (true) WITH CHECK (true);


--
-- Name: profiles owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.profiles TO owner USING (true) WITH CHECK (true);


--
-- Name: receipts owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.receipts TO owner USING (true) WITH CHECK (true);


--
-- Name: removed_members owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.removed_members TO owner USING (true) WITH CHECK (true);


--
-- Name: schema_versions owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.schema_versions TO owner USING (true) WITH CHECK (true);


--
-- Name: session_connections owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.session_connections TO owner USING (true) WITH CHECK (true);


--
-- Name: sessions owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.sessions TO owner USING (true) WITH CHECK (true);


--
-- Name: shipped_functions owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.shipped_functions TO owner USING (true) WITH CHECK (true);


--
-- Name: workspaces owner; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY owner ON orglogin.workspaces TO owner USING (true) WITH CHECK (true);


--
-- Name: profiles; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.profiles ENABLE ROW LEVEL SECURITY;

--
-- Name: organization_brands read; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY read ON orglogin.organization_brands FOR SELECT TO orglogin_service USING (true);


--
-- Name: organization_settings read; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY read ON orglogin.organization_settings FOR SELECT TO orglogin_service USING (true);


--
-- Name: receipts; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.receipts ENABLE ROW LEVEL SECURITY;

--
-- Name: removed_members; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.removed_members ENABLE ROW LEVEL SECURITY;

--
-- Name: schema_versions; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.schema_versions ENABLE ROW LEVEL SECURITY;

--
-- Name: session_connections; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.session_connections ENABLE ROW LEVEL SECURITY;

--
-- Name: sessions; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.sessions ENABLE ROW LEVEL SECURITY;

--
-- Name: shipped_functions; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.shipped_functions ENABLE ROW LEVEL SECURITY;

--
-- Name: schema_versions version; Type: POLICY; Schema: orglogin; Owner: owner
--

CREATE POLICY version ON orglogin.schema_versions FOR SELECT TO orglogin_service USING (true);


--
-- Name: workspaces; Type: ROW SECURITY; Schema: orglogin; Owner: owner
--

ALTER TABLE orglogin.workspaces ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA api; Type: ACL; Schema: -; Owner: owner
--

GRANT USAGE ON SCHEMA api TO orglogin_service;
GRANT USAGE ON SCHEMA api TO orglogin_definer;
GRANT USAGE ON SCHEMA api TO orglogin_admin;


--
-- Name: SCHEMA auth; Type: ACL; Schema: -; Owner: owner
--

GRANT USAGE ON SCHEMA auth TO orglogin_service;
GRANT USAGE ON SCHEMA auth TO orglogin_definer;
GRANT USAGE ON SCHEMA auth TO orglogin_admin;


--
-- Name: SCHEMA orglogin; Type: ACL; Schema: -; Owner: owner
--

GRANT USAGE ON SCHEMA orglogin TO orglogin_service;
GRANT USAGE ON SCHEMA orglogin TO orglogin_definer;
GRANT USAGE ON SCHEMA orglogin TO orglogin_admin;


--
-- Name: FUNCTION accept_invitation(p_token_hash bytea, p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION complete_login(p_login orglogin.login); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.complete_login(p_login orglogin.login) FROM PUBLIC;
GRANT ALL ON FUNCTION api.complete_login(p_login orglogin.login) TO owner;
GRANT ALL ON FUNCTION api.complete_login(p_login orglogin.login) TO orglogin_service;


--
-- Name: FUNCTION count_memberships(); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.count_memberships() FROM PUBLIC;
GRANT ALL ON FUNCTION api.count_memberships() TO owner;
GRANT ALL ON FUNCTION api.count_memberships() TO orglogin_service;


--
-- Name: FUNCTION count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION discover_connection(p_domain text); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.discover_connection(p_domain text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.discover_connection(p_domain text) TO owner;
GRANT ALL ON FUNCTION api.discover_connection(p_domain text) TO orglogin_service;


--
-- Name: FUNCTION examine(p_user_id uuid); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.examine(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.examine(p_user_id uuid) TO owner;


--
-- Name: FUNCTION examine_own(); Type: ACL; Schema: api; Owner: owner
--

REVOKE ALL ON FUNCTION api.examine_own() FROM PUBLIC;
GRANT ALL ON FUNCTION api.examine_own() TO orglogin_service;


--
-- Name: FUNCTION finish_connection_test(p_id text, p_revision bigint); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.finish_connection_test(p_id text, p_revision bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.finish_connection_test(p_id text, p_revision bigint) TO owner;
GRANT ALL ON FUNCTION api.finish_connection_test(p_id text, p_revision bigint) TO orglogin_service;


--
-- Name: TABLE connections; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,UPDATE ON TABLE orglogin.connections TO orglogin_definer;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.connections TO orglogin_admin;


--
-- Name: FUNCTION get_connection(p_id text); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_connection(p_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_connection(p_id text) TO owner;
GRANT ALL ON FUNCTION api.get_connection(p_id text) TO orglogin_service;
GRANT ALL ON FUNCTION api.get_connection(p_id text) TO orglogin_admin;


--
-- Name: FUNCTION get_invitation(p_token_hash bytea); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_invitation(p_token_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_invitation(p_token_hash bytea) TO owner;
GRANT ALL ON FUNCTION api.get_invitation(p_token_hash bytea) TO orglogin_service;
GRANT ALL ON FUNCTION api.get_invitation(p_token_hash bytea) TO orglogin_admin;


--
-- Name: FUNCTION get_invitations(p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_invitations(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_invitations(p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.get_invitations(p_now timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION get_join_offers(p_session_id uuid, p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION get_memberships(); Type: ACL; Schema: api; Owner: owner
--

REVOKE ALL ON FUNCTION api.get_memberships() FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_memberships() TO orglogin_service;
GRANT ALL ON FUNCTION api.get_memberships() TO orglogin_definer;
GRANT ALL ON FUNCTION api.get_memberships() TO orglogin_admin;


--
-- Name: FUNCTION get_organization_by_slug(p_slug text); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_organization_by_slug(p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_organization_by_slug(p_slug text) TO owner;
GRANT ALL ON FUNCTION api.get_organization_by_slug(p_slug text) TO orglogin_service;
GRANT ALL ON FUNCTION api.get_organization_by_slug(p_slug text) TO orglogin_admin;


--
-- Name: FUNCTION get_organization_connections(p_organization_id uuid); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_organization_connections(p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_organization_connections(p_organization_id uuid) TO owner;
GRANT ALL ON FUNCTION api.get_organization_connections(p_organization_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION api.get_organization_connections(p_organization_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION get_people(p_after uuid, p_limit integer); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_people(p_after uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_people(p_after uuid, p_limit integer) TO owner;


--
-- Name: FUNCTION get_profile(); Type: ACL; Schema: api; Owner: owner
--

REVOKE ALL ON FUNCTION api.get_profile() FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_profile() TO orglogin_service;
GRANT ALL ON FUNCTION api.get_profile() TO orglogin_admin;


--
-- Name: FUNCTION get_profiles_by_email(p_email text); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_profiles_by_email(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_profiles_by_email(p_email text) TO owner;
GRANT ALL ON FUNCTION api.get_profiles_by_email(p_email text) TO orglogin_admin;


--
-- Name: FUNCTION get_subdomain_info_for_redirect(p_org_id uuid); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) TO owner;
GRANT ALL ON FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION profile_exists(); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.profile_exists() FROM PUBLIC;
GRANT ALL ON FUNCTION api.profile_exists() TO owner;
GRANT ALL ON FUNCTION api.profile_exists() TO orglogin_service;


--
-- Name: FUNCTION record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) TO orglogin_service;
GRANT ALL ON FUNCTION api.record_domain_check(p_organization_id uuid, p_domain text, p_verdict text, p_detail text, p_grace interval, p_now timestamp with time zone) TO orglogin_admin;


--
-- Name: FUNCTION request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION sweep(); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.sweep() FROM PUBLIC;
GRANT ALL ON FUNCTION api.sweep() TO owner;
GRANT ALL ON FUNCTION api.sweep() TO orglogin_service;


--
-- Name: FUNCTION take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamp with time zone) TO orglogin_service;


--
-- Name: FUNCTION take_due_domains(p_now timestamp with time zone, p_limit integer); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.take_due_domains(p_now timestamp with time zone, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.take_due_domains(p_now timestamp with time zone, p_limit integer) TO owner;
GRANT ALL ON FUNCTION api.take_due_domains(p_now timestamp with time zone, p_limit integer) TO orglogin_service;


--
-- Name: FUNCTION take_flow(p_id text, p_expires_at timestamp with time zone); Type: ACL; Schema: api; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION api.take_flow(p_id text, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.take_flow(p_id text, p_expires_at timestamp with time zone) TO owner;
GRANT ALL ON FUNCTION api.take_flow(p_id text, p_expires_at timestamp with time zone) TO orglogin_service;


--
-- Name: TABLE invitations; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,UPDATE ON TABLE orglogin.invitations TO orglogin_definer;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.invitations TO orglogin_admin;


--
-- Name: FUNCTION accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamp with time zone); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamp with time zone) TO orglogin_definer;


--
-- Name: FUNCTION account_tables(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.account_tables() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.account_tables() TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.account_tables() TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.account_tables() TO orglogin_admin;


--
-- Name: FUNCTION activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.activate_membership(p_profile_id uuid, p_organization_id uuid, p_role text) TO orglogin_admin;


--
-- Name: FUNCTION confirm_missing(p_table regclass); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.confirm_missing(p_table regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.confirm_missing(p_table regclass) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.confirm_missing(p_table regclass) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.confirm_missing(p_table regclass) TO orglogin_admin;


--
-- Name: FUNCTION create_organization(p_owner uuid, p_name text, p_slug text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.create_organization(p_owner uuid, p_name text, p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.create_organization(p_owner uuid, p_name text, p_slug text) TO orglogin_definer;


--
-- Name: FUNCTION create_profile(p_login orglogin.login); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.create_profile(p_login orglogin.login) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.create_profile(p_login orglogin.login) TO orglogin_definer;


--
-- Name: TABLE organization_domains; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,UPDATE ON TABLE orglogin.organization_domains TO orglogin_definer;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.organization_domains TO orglogin_admin;


--
-- Name: FUNCTION describe_domain(p_domain orglogin.organization_domains); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains) TO orglogin_admin;


--
-- Name: FUNCTION email_domain(p_email text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.email_domain(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.email_domain(p_email text) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.email_domain(p_email text) TO orglogin_admin;


--
-- Name: FUNCTION end_connection(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.end_connection() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.end_connection() TO owner;


--
-- Name: FUNCTION end_sessions(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.end_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.end_sessions() TO owner;


--
-- Name: FUNCTION examine_account(p_profile_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.examine_account(p_profile_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.examine_account(p_profile_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.examine_account(p_profile_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION find_domain(p_login orglogin.login, p_organization_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION find_identity(p_login orglogin.login); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.find_identity(p_login orglogin.login) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.find_identity(p_login orglogin.login) TO orglogin_definer;


--
-- Name: FUNCTION find_members(p_login orglogin.login, p_organization_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.find_members(p_login orglogin.login, p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.find_members(p_login orglogin.login, p_organization_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION find_profiles(p_email text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.find_profiles(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.find_profiles(p_email text) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.find_profiles(p_email text) TO orglogin_admin;


--
-- Name: FUNCTION find_unbound_profile(p_email text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.find_unbound_profile(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.find_unbound_profile(p_email text) TO orglogin_definer;


--
-- Name: FUNCTION invitation_verdict(p_invitation orglogin.invitations, p_profile_id uuid, p_active_member boolean, p_email text, p_email_verified boolean, p_now timestamp with time zone); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.invitation_verdict(p_invitation orglogin.invitations, p_profile_id uuid, p_active_member boolean, p_email text, p_email_verified boolean, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.invitation_verdict(p_invitation orglogin.invitations, p_profile_id uuid, p_active_member boolean, p_email text, p_email_verified boolean, p_now timestamp with time zone) TO orglogin_definer;


--
-- Name: FUNCTION inviter_name(p_profile_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.inviter_name(p_profile_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.inviter_name(p_profile_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION is_member(p_profile_id uuid, p_organization_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.is_member(p_profile_id uuid, p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.is_member(p_profile_id uuid, p_organization_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION keep_slug(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.keep_slug() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.keep_slug() TO owner;


--
-- Name: FUNCTION lock_invitation(p_token_hash bytea); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.lock_invitation(p_token_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.lock_invitation(p_token_hash bytea) TO orglogin_definer;


--
-- Name: FUNCTION lock_profile(p_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.lock_profile(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.lock_profile(p_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION log_in(p_login jsonb); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.log_in(p_login jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.log_in(p_login jsonb) TO orglogin_service;


--
-- Name: FUNCTION may_join(p_profile_id uuid, p_email text, p_organization_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION next_domain_check(p_now timestamp with time zone); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.next_domain_check(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.next_domain_check(p_now timestamp with time zone) TO orglogin_definer;


--
-- Name: FUNCTION notify_connection(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_connection() FROM PUBLIC;


--
-- Name: FUNCTION notify_everything(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_everything() FROM PUBLIC;


--
-- Name: FUNCTION notify_membership(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_membership() FROM PUBLIC;


--
-- Name: FUNCTION notify_old_slug(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_old_slug() FROM PUBLIC;


--
-- Name: FUNCTION notify_organization(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_organization() FROM PUBLIC;


--
-- Name: FUNCTION notify_profile(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_profile() FROM PUBLIC;


--
-- Name: FUNCTION notify_session(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_session() FROM PUBLIC;


--
-- Name: FUNCTION notify_settings(); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.notify_settings() FROM PUBLIC;


--
-- Name: FUNCTION opens(p_organization_id uuid, p_asked uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid) TO orglogin_admin;


--
-- Name: FUNCTION outranks(p_role text, p_other text); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.outranks(p_role text, p_other text) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.outranks(p_role text, p_other text) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.outranks(p_role text, p_other text) TO orglogin_admin;


--
-- Name: FUNCTION read_access_snapshot(p_slugs text[], p_invitation bytea); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea) TO orglogin_admin;


--
-- Name: FUNCTION read_memberships(p_profile_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.read_memberships(p_profile_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.read_memberships(p_profile_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.read_memberships(p_profile_id uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.read_memberships(p_profile_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION read_organization(p_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.read_organization(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.read_organization(p_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.read_organization(p_id uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.read_organization(p_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION read_profile(p_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.read_profile(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.read_profile(p_id uuid) TO orglogin_service;
GRANT ALL ON FUNCTION orglogin.read_profile(p_id uuid) TO orglogin_definer;
GRANT ALL ON FUNCTION orglogin.read_profile(p_id uuid) TO orglogin_admin;


--
-- Name: FUNCTION read_session_connections(p_session_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.read_session_connections(p_session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.read_session_connections(p_session_id uuid) TO orglogin_service;


--
-- Name: FUNCTION record_removal(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.record_removal() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.record_removal() TO owner;


--
-- Name: FUNCTION record_removal_of_all(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.record_removal_of_all() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.record_removal_of_all() TO owner;


--
-- Name: FUNCTION revoke_invitations_of_person(); Type: ACL; Schema: orglogin; Owner: orglogin_definer
--

REVOKE ALL ON FUNCTION orglogin.revoke_invitations_of_person() FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.revoke_invitations_of_person() TO owner;


--
-- Name: FUNCTION save_receipts(p_ids text[], p_people uuid[], p_at timestamp with time zone[], p_decisions text[]); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamp with time zone[], p_decisions text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamp with time zone[], p_decisions text[]) TO orglogin_service;


--
-- Name: FUNCTION start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid) TO orglogin_definer;


--
-- Name: FUNCTION update_profile(p_id uuid, p_login orglogin.login); Type: ACL; Schema: orglogin; Owner: owner
--

REVOKE ALL ON FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login) FROM PUBLIC;
GRANT ALL ON FUNCTION orglogin.update_profile(p_id uuid, p_login orglogin.login) TO orglogin_definer;


--
-- Name: TABLE api_tokens; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.api_tokens TO orglogin_admin;


--
-- Name: TABLE audit; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE orglogin.audit TO orglogin_admin;


--
-- Name: TABLE connection_tests; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,DELETE,UPDATE ON TABLE orglogin.connection_tests TO orglogin_definer;
GRANT SELECT,INSERT ON TABLE orglogin.connection_tests TO orglogin_admin;


--
-- Name: TABLE flows; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.flows TO orglogin_definer;


--
-- Name: TABLE idempotent_requests; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.idempotent_requests TO orglogin_admin;


--
-- Name: TABLE identities; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.identities TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.identities TO orglogin_service;
GRANT SELECT ON TABLE orglogin.identities TO orglogin_admin;


--
-- Name: TABLE join_requests; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT ON TABLE orglogin.join_requests TO orglogin_definer;
GRANT SELECT,UPDATE ON TABLE orglogin.join_requests TO orglogin_admin;


--
-- Name: TABLE last_used; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT ON TABLE orglogin.last_used TO orglogin_service;
GRANT SELECT ON TABLE orglogin.last_used TO orglogin_admin;


--
-- Name: COLUMN last_used.organization_id; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT UPDATE(organization_id) ON TABLE orglogin.last_used TO orglogin_service;


--
-- Name: COLUMN last_used.used_at; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT UPDATE(used_at) ON TABLE orglogin.last_used TO orglogin_service;


--
-- Name: TABLE memberships; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE orglogin.memberships TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.memberships TO orglogin_service;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.memberships TO orglogin_admin;


--
-- Name: TABLE organization_brands; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT ON TABLE orglogin.organization_brands TO orglogin_service;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.organization_brands TO orglogin_admin;


--
-- Name: TABLE organization_settings; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT ON TABLE orglogin.organization_settings TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.organization_settings TO orglogin_service;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.organization_settings TO orglogin_admin;


--
-- Name: TABLE organization_slugs; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE ON TABLE orglogin.organization_slugs TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.organization_slugs TO orglogin_admin;


--
-- Name: TABLE organizations; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT ON TABLE orglogin.organizations TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.organizations TO orglogin_service;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.organizations TO orglogin_admin;


--
-- Name: TABLE outbox; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.outbox TO orglogin_admin;


--
-- Name: TABLE profiles; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE orglogin.profiles TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.profiles TO orglogin_service;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.profiles TO orglogin_admin;


--
-- Name: TABLE receipts; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,DELETE,UPDATE ON TABLE orglogin.receipts TO orglogin_definer;
GRANT SELECT,INSERT ON TABLE orglogin.receipts TO orglogin_service;
GRANT SELECT ON TABLE orglogin.receipts TO orglogin_admin;


--
-- Name: TABLE removed_members; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT ON TABLE orglogin.removed_members TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.removed_members TO orglogin_admin;


--
-- Name: TABLE schema_versions; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT ON TABLE orglogin.schema_versions TO orglogin_service;
GRANT SELECT ON TABLE orglogin.schema_versions TO orglogin_admin;


--
-- Name: TABLE session_connections; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE ON TABLE orglogin.session_connections TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.session_connections TO orglogin_service;
GRANT SELECT ON TABLE orglogin.session_connections TO orglogin_admin;


--
-- Name: TABLE sessions; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orglogin.sessions TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.sessions TO orglogin_service;
GRANT SELECT,UPDATE ON TABLE orglogin.sessions TO orglogin_admin;


--
-- Name: COLUMN sessions.last_seen_at; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT UPDATE(last_seen_at) ON TABLE orglogin.sessions TO orglogin_service;


--
-- Name: COLUMN sessions.ended_at; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT UPDATE(ended_at) ON TABLE orglogin.sessions TO orglogin_service;


--
-- Name: TABLE workspaces; Type: ACL; Schema: orglogin; Owner: owner
--

GRANT SELECT,INSERT ON TABLE orglogin.workspaces TO orglogin_definer;
GRANT SELECT ON TABLE orglogin.workspaces TO orglogin_service;
GRANT SELECT,INSERT ON TABLE orglogin.workspaces TO orglogin_admin;


--
-- PostgreSQL database dump complete
--


