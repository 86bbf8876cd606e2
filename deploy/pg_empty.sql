-- Take away all that stands in the schema of the line: its tables, and those that a later version
-- made, with what belongs to them. What extensions brought stays. restore.sh runs it in the transaction
-- that brings the backup back.
SET client_min_messages = warning;
SET lock_timeout = '10s';
DO $$
DECLARE
  steps text;
BEGIN
  SELECT string_agg(step, '; ' ORDER BY turn) INTO steps FROM (
    SELECT 1 AS turn, 'pg_class'::regclass AS kind, oid,
      format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) AS step
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    UNION ALL
    SELECT 2, 'pg_class'::regclass, oid,
      format('DROP %s IF EXISTS %s CASCADE',
        CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
        oid::regclass)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('S', 'm', 'v')
    UNION ALL
    SELECT 3, 'pg_proc'::regclass, oid,
      format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 4, 'pg_type'::regclass, oid, format('DROP TYPE IF EXISTS %s CASCADE', oid::regtype)
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
  ) AS all_of_it
  WHERE NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = kind AND objid = all_of_it.oid AND deptype = 'e'
  );
  IF steps IS NOT NULL THEN
    EXECUTE steps;
  END IF;
END
$$;
