-- The roles of the database, each with what it needs and nothing more. Run it as a superuser, in the database of the
-- application, before the migrations; again at any time, and on a database that one role has owned so far.
--
--   crypalgos_owner   owns the schemas; the migrations run as it
--   crypalgos_app     reads and writes rows; the API and the job processes run as it
--
-- It takes the passwords from the settings crypalgos.owner_password and crypalgos.app_password:
--
--   PGOPTIONS="-c crypalgos.owner_password=… -c crypalgos.app_password=…" psql -v ON_ERROR_STOP=1 -f roles.sql "$URL"

DO $$
DECLARE
  role text;
  password text;
BEGIN
  FOREACH role IN ARRAY ARRAY['crypalgos_owner', 'crypalgos_app'] LOOP
    password := current_setting(replace(role, '_', '.') || '_password');
    IF length(password) < 16 THEN
      RAISE EXCEPTION 'The password of % is shorter than 16 characters. Make one with: openssl rand -hex 24', role;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I', role);
    END IF;
    EXECUTE format(
      'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD %L',
      role, password);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, crypalgos_app, crypalgos_owner', current_database());
  EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO crypalgos_owner', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO crypalgos_app', current_database());
END $$;

-- What an earlier owner has made becomes the new owner's: schemas, tables, views, sequences, types and functions. What
-- belongs to a table (its indexes, identity sequences, row type) follows it.
DO $$
DECLARE
  statement text;
BEGIN
  FOR statement IN
    SELECT format('ALTER SCHEMA %I OWNER TO crypalgos_owner', nspname)
    FROM pg_namespace WHERE nspname IN ('public', 'graphile_worker')
    UNION ALL
    SELECT format('ALTER %s %s OWNER TO crypalgos_owner',
      CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
      c.oid::regclass)
    FROM pg_class c
    WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'graphile_worker'))
      AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i', 'e')
          AND refclassid IN ('pg_class'::regclass, 'pg_extension'::regclass))
    UNION ALL
    SELECT format('ALTER TYPE %s OWNER TO crypalgos_owner', t.oid::regtype)
    FROM pg_type t
    WHERE typnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'graphile_worker'))
      AND typtype IN ('e', 'd', 'c', 'r') AND NOT EXISTS (
        SELECT FROM pg_class WHERE oid = t.typrelid AND relkind <> 'c')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
    UNION ALL
    SELECT format('ALTER ROUTINE %s OWNER TO crypalgos_owner', p.oid::regprocedure)
    FROM pg_proc p
    WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'graphile_worker'))
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
  LOOP
    EXECUTE statement;
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO crypalgos_app;

-- What is there already.
DO $$
DECLARE
  namespace text;
BEGIN
  FOR namespace IN SELECT nspname FROM pg_namespace WHERE nspname IN ('public', 'graphile_worker') LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO crypalgos_app', namespace);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO crypalgos_app', namespace);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO crypalgos_app', namespace);
  END LOOP;
END $$;

-- What the migrations will make.
ALTER DEFAULT PRIVILEGES FOR ROLE crypalgos_owner GRANT USAGE ON SCHEMAS TO crypalgos_app;
ALTER DEFAULT PRIVILEGES FOR ROLE crypalgos_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO crypalgos_app;
ALTER DEFAULT PRIVILEGES FOR ROLE crypalgos_owner GRANT USAGE ON SEQUENCES TO crypalgos_app;
