-- Which of these files were carried out. Only the owner of the schema writes it.
CREATE TABLE lsinfra.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    program text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'lsinfra_writer') THEN
        REVOKE INSERT, UPDATE, DELETE ON lsinfra.migration FROM lsinfra_writer;
    END IF;
END
$$;
