-- Vai trò của một nhóm dùng chung chỉ mục lsinfra trên PostgreSQL. / Roles of a team that shares an index of lsinfra.
--
-- Người quản trị chạy một lần trong cơ sở dữ liệu ấy; chạy lại không hại gì. Không có mật khẩu nào trong tệp này.
-- The administrator runs it once in that database; to run it again does no harm. There is no password in this file.
--
--     lsinfra snapshot roles --out roles.sql
--     psql --dbname=DATABASE --file=roles.sql
--
-- lsinfra_owner   chủ của lược đồ; lập và nâng cấp bảng / owns the schema; makes and upgrades the tables
-- lsinfra_writer  ghi số liệu, không xóa được bảng / writes figures, cannot drop a table
-- lsinfra_reader  chỉ đọc (QGIS) / only reads (QGIS)
--
-- Không ai đăng nhập bằng ba vai trò này. Mỗi người có tài khoản riêng / Nobody logs in as one of the three. Each person
-- has an account: CREATE ROLE lan LOGIN IN ROLE lsinfra_writer; rồi đặt mật khẩu trong psql / and then in psql: \password lan

BEGIN;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lsinfra_owner', 'lsinfra_writer', 'lsinfra_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END
$$;
GRANT lsinfra_reader TO lsinfra_writer;

CREATE SCHEMA IF NOT EXISTS lsinfra;
ALTER SCHEMA lsinfra OWNER TO lsinfra_owner;
REVOKE ALL ON SCHEMA lsinfra FROM PUBLIC;
GRANT USAGE ON SCHEMA lsinfra TO lsinfra_reader;

-- Những gì đã có, kể cả bảng của phiên bản cũ / What is there already, tables of an older version included
DO $$
DECLARE
    one record;
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'lsinfra_2') THEN
        ALTER SCHEMA lsinfra_2 OWNER TO lsinfra_owner;
    END IF;
    FOR one IN
        SELECT c.oid::pg_catalog.regclass AS name FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('lsinfra', 'lsinfra_2') AND c.relkind IN ('r', 'v')
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO lsinfra_owner', one.name);
    END LOOP;
    FOR one IN
        SELECT p.oid::pg_catalog.regprocedure AS name FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'lsinfra'
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO lsinfra_owner', one.name);
    END LOOP;
END
$$;
GRANT SELECT ON ALL TABLES IN SCHEMA lsinfra TO lsinfra_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lsinfra TO lsinfra_writer;

-- Những gì sẽ có / What will be there
ALTER DEFAULT PRIVILEGES FOR ROLE lsinfra_owner IN SCHEMA lsinfra GRANT SELECT ON TABLES TO lsinfra_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE lsinfra_owner IN SCHEMA lsinfra
    GRANT INSERT, UPDATE, DELETE ON TABLES TO lsinfra_writer;

-- Bảng nào đã nâng cấp, chỉ chủ mới ghi / Which upgrades are done is written by the owner alone
DO $$
BEGIN
    IF pg_catalog.to_regclass('lsinfra.migration') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON lsinfra.migration FROM lsinfra_writer;
    END IF;
END
$$;

COMMIT;
