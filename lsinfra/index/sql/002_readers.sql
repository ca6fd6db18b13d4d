-- What people read: whole weeks, dates as dates, shares, and the parts of which nothing was published.
-- Whatever a figure is made of stands in `progress` and `disbursement`; here nothing is kept twice.

-- The files a week's snapshot was made from; NULL where an old snapshot does not say.
CREATE TABLE lsinfra.origin (
    week varchar COLLATE "C" PRIMARY KEY,
    records_sha256 text,
    geodata_sha256 text
);

-- Every project (section '') and section that a week's snapshot knew, also those without a figure.
CREATE TABLE lsinfra.part (
    week varchar COLLATE "C" NOT NULL,
    project varchar COLLATE "C" NOT NULL,
    section varchar COLLATE "C" NOT NULL,
    title_vi text NOT NULL,
    title_en text,
    unit text,
    in_scope boolean NOT NULL,
    PRIMARY KEY (week, project, section)
);

-- 20241031, or 20241000 for a month: as it was published, and its last day.
CREATE FUNCTION lsinfra.day_text(observed integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_char(observed / 10000, 'FM0000') || to_char(observed / 100 % 100, '"-"FM00')
    || CASE WHEN observed % 100 = 0 THEN '' ELSE to_char(observed % 100, '"-"FM00') END;

CREATE FUNCTION lsinfra.last_day(observed integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN observed % 100 = 0
    THEN (make_date(observed / 10000, observed / 100 % 100, 1) + interval '1 month' - interval '1 day')::date
    ELSE make_date(observed / 10000, observed / 100 % 100, observed % 100)
END;

-- Of `rest` what the figure at a place has: read as text, since one hostile source in it would stop a parser of JSON.
CREATE FUNCTION lsinfra.stated_percent(rest text, place integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(rest FROM '^\{"percent":\{[^}]*"' || place || '":"([-0-9.]+)"')::numeric;

CREATE FUNCTION lsinfra.is_about(rest text, place integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(place::text = ANY (string_to_array(
    substring(rest FROM '^\{(?:"percent":\{[^}]*\},)?"about":\[([0-9,]*)\]'), ',')), false);

CREATE FUNCTION lsinfra.source_of(rest text, source text, place integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN rest IS NULL OR strpos(rest, '"source":{') = 0 THEN source
    WHEN strpos(rest, '\u0000') > 0 THEN NULL
    ELSE coalesce(rest::json -> 'source' ->> place::text, source)
END;

-- 0-1, cut off after 12 decimals, so that 1 is only shown where the total is reached.
CREATE FUNCTION lsinfra.share(value numeric, total numeric, percent numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN total <> 0 THEN div(value * 1000000000000, total) * 0.000000000001
    WHEN total IS NULL THEN percent * 0.01
END;

CREATE VIEW lsinfra.weeks AS
SELECT
    week.week,
    snapshot.as_of AS valid_from,
    lead(snapshot.as_of) OVER (ORDER BY week.week) AS valid_until,
    lead(week.week) OVER (ORDER BY week.week) IS NULL AS newest,
    nullif(snapshot.taken, '')::timestamptz AS taken,
    snapshot.file,
    origin.records_sha256,
    origin.geodata_sha256
FROM lsinfra.week
JOIN lsinfra.snapshot ON snapshot.digest = week.digest
LEFT JOIN lsinfra.origin ON origin.week = week.week;

-- One row a figure of land.
CREATE VIEW lsinfra.progress_by_week AS
SELECT
    progress.week,
    weeks.valid_from,
    weeks.valid_until,
    progress.project,
    progress.title_vi AS project_title_vi,
    progress.title_en AS project_title_en,
    nullif(progress.section, '') AS section,
    progress.unit,
    cell.stage,
    cell.measure,
    cell.unit_code,
    cell.value,
    cell.total,
    CASE
        WHEN cell.total IS NOT NULL THEN 'stated'
        WHEN said.percent IS NOT NULL THEN 'implied'
        ELSE 'none'
    END AS total_kind,
    lsinfra.share(cell.value, cell.total, said.percent) AS share,
    said.percent AS stated_percent,
    lsinfra.is_about(progress.rest, cell.place) AS about,
    lsinfra.day_text(cell.observed) AS observed,
    lsinfra.last_day(cell.observed) AS observed_last_day,
    (progress.stale >> cell.place) & 1 = 1 AS stale,
    lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
FROM lsinfra.progress
JOIN lsinfra.weeks ON weeks.week = progress.week
CROSS JOIN LATERAL (
    VALUES
        (0, 'inventoried', 'area', 'ha', progress.inventoried_area,
            progress.inventoried_area_total, progress.inventoried_area_observed),
        (1, 'inventoried', 'length', 'km', progress.inventoried_length,
            progress.inventoried_length_total, progress.inventoried_length_observed),
        (2, 'inventoried', 'households', 'hộ', progress.inventoried_households,
            progress.inventoried_households_total, progress.inventoried_households_observed),
        (3, 'inventoried', 'parcels', 'thửa', progress.inventoried_parcels,
            progress.inventoried_parcels_total, progress.inventoried_parcels_observed),
        (4, 'approved', 'area', 'ha', progress.approved_area,
            progress.approved_area_total, progress.approved_area_observed),
        (5, 'approved', 'length', 'km', progress.approved_length,
            progress.approved_length_total, progress.approved_length_observed),
        (6, 'approved', 'households', 'hộ', progress.approved_households,
            progress.approved_households_total, progress.approved_households_observed),
        (7, 'approved', 'parcels', 'thửa', progress.approved_parcels,
            progress.approved_parcels_total, progress.approved_parcels_observed),
        (8, 'paid', 'area', 'ha', progress.paid_area,
            progress.paid_area_total, progress.paid_area_observed),
        (9, 'paid', 'length', 'km', progress.paid_length,
            progress.paid_length_total, progress.paid_length_observed),
        (10, 'paid', 'households', 'hộ', progress.paid_households,
            progress.paid_households_total, progress.paid_households_observed),
        (11, 'paid', 'parcels', 'thửa', progress.paid_parcels,
            progress.paid_parcels_total, progress.paid_parcels_observed),
        (12, 'handed_over', 'area', 'ha', progress.handed_over_area,
            progress.handed_over_area_total, progress.handed_over_area_observed),
        (13, 'handed_over', 'length', 'km', progress.handed_over_length,
            progress.handed_over_length_total, progress.handed_over_length_observed),
        (14, 'handed_over', 'households', 'hộ', progress.handed_over_households,
            progress.handed_over_households_total, progress.handed_over_households_observed),
        (15, 'handed_over', 'parcels', 'thửa', progress.handed_over_parcels,
            progress.handed_over_parcels_total, progress.handed_over_parcels_observed),
        (16, 'clear', 'area', 'ha', progress.clear_area,
            progress.clear_area_total, progress.clear_area_observed),
        (17, 'clear', 'length', 'km', progress.clear_length,
            progress.clear_length_total, progress.clear_length_observed),
        (18, 'clear', 'households', 'hộ', progress.clear_households,
            progress.clear_households_total, progress.clear_households_observed),
        (19, 'clear', 'parcels', 'thửa', progress.clear_parcels,
            progress.clear_parcels_total, progress.clear_parcels_observed)
) AS cell (place, stage, measure, unit_code, value, total, observed)
CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
WHERE cell.value IS NOT NULL;

CREATE VIEW lsinfra.progress_latest AS
SELECT progress_by_week.* FROM lsinfra.progress_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);

-- One row a project (section NULL) or section. Of each stage the first of area, length, households, parcels that has
-- a share gives it; without a share the first that there is gives date and source.
CREATE VIEW lsinfra.parts_by_week AS
SELECT
    weeks.week || '/' || named.project || coalesce('/' || nullif(named.section, ''), '') AS id,
    weeks.week,
    weeks.valid_from,
    weeks.valid_until,
    named.project,
    named.title_vi AS project_title_vi,
    named.title_en AS project_title_en,
    nullif(named.section, '') AS section,
    named.unit,
    named.in_scope,
    EXISTS (
        SELECT FROM lsinfra.part AS other
        WHERE other.week = weeks.week AND other.project = named.project AND other.section <> ''
    ) OR EXISTS (
        SELECT FROM lsinfra.progress AS other
        WHERE other.week = weeks.week AND other.project = named.project AND other.section <> ''
    ) AS divided,
    progress.handed_over_area AS handed_over_ha,
    progress.handed_over_area_total AS handed_over_total_ha,
    progress.handed_over_length AS handed_over_km,
    progress.handed_over_length_total AS handed_over_total_km,
    progress.handed_over_households AS handed_over_households,
    progress.handed_over_households_total AS handed_over_total_households,
    progress.handed_over_parcels AS handed_over_parcels,
    progress.handed_over_parcels_total AS handed_over_total_parcels,
    handed_over.share AS handed_over_share,
    handed_over.measure AS handed_over_measure,
    handed_over.total_kind AS handed_over_total_kind,
    handed_over.observed AS handed_over_observed,
    handed_over.observed_last_day AS handed_over_observed_last_day,
    handed_over.stale AS handed_over_stale,
    handed_over.source AS handed_over_source,
    progress.inventoried_area AS inventoried_ha,
    progress.inventoried_area_total AS inventoried_total_ha,
    progress.inventoried_households AS inventoried_households,
    progress.inventoried_households_total AS inventoried_total_households,
    inventoried.share AS inventoried_share,
    inventoried.measure AS inventoried_measure,
    inventoried.total_kind AS inventoried_total_kind,
    inventoried.observed AS inventoried_observed,
    inventoried.observed_last_day AS inventoried_observed_last_day,
    inventoried.stale AS inventoried_stale,
    inventoried.source AS inventoried_source,
    progress.approved_area AS approved_ha,
    progress.approved_area_total AS approved_total_ha,
    progress.approved_households AS approved_households,
    progress.approved_households_total AS approved_total_households,
    approved.share AS approved_share,
    approved.measure AS approved_measure,
    approved.total_kind AS approved_total_kind,
    approved.observed AS approved_observed,
    approved.observed_last_day AS approved_observed_last_day,
    approved.stale AS approved_stale,
    approved.source AS approved_source,
    progress.paid_area AS paid_ha,
    progress.paid_area_total AS paid_total_ha,
    progress.paid_households AS paid_households,
    progress.paid_households_total AS paid_total_households,
    paid.share AS paid_share,
    paid.measure AS paid_measure,
    paid.total_kind AS paid_total_kind,
    paid.observed AS paid_observed,
    paid.observed_last_day AS paid_observed_last_day,
    paid.stale AS paid_stale,
    paid.source AS paid_source,
    progress.clear_area AS clear_ha,
    progress.clear_area_total AS clear_total_ha,
    progress.clear_households AS clear_households,
    progress.clear_households_total AS clear_total_households,
    clear.share AS clear_share,
    clear.measure AS clear_measure,
    clear.total_kind AS clear_total_kind,
    clear.observed AS clear_observed,
    clear.observed_last_day AS clear_observed_last_day,
    clear.stale AS clear_stale,
    clear.source AS clear_source
FROM (
    SELECT part.* FROM lsinfra.part
    UNION ALL
    SELECT week, project, section, title_vi, title_en, unit, NULL
    FROM lsinfra.progress
    WHERE NOT EXISTS (
        SELECT FROM lsinfra.part
        WHERE part.week = progress.week AND part.project = progress.project AND part.section = progress.section
    )
) AS named
JOIN lsinfra.weeks ON weeks.week = named.week
LEFT JOIN lsinfra.progress
    ON progress.week = named.week AND progress.project = named.project AND progress.section = named.section
LEFT JOIN LATERAL (
    SELECT
        cell.measure,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END AS total_kind,
        lsinfra.share(cell.value, cell.total, said.percent) AS share,
        lsinfra.day_text(cell.observed) AS observed,
        lsinfra.last_day(cell.observed) AS observed_last_day,
        (progress.stale >> cell.place) & 1 = 1 AS stale,
        lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
    FROM (
        VALUES
            (12, 'area', progress.handed_over_area,
                progress.handed_over_area_total, progress.handed_over_area_observed),
            (13, 'length', progress.handed_over_length,
                progress.handed_over_length_total, progress.handed_over_length_observed),
            (14, 'households', progress.handed_over_households,
                progress.handed_over_households_total, progress.handed_over_households_observed),
            (15, 'parcels', progress.handed_over_parcels,
                progress.handed_over_parcels_total, progress.handed_over_parcels_observed)
    ) AS cell (place, measure, value, total, observed)
    CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
    WHERE cell.value IS NOT NULL
    ORDER BY lsinfra.share(cell.value, cell.total, said.percent) IS NULL, cell.place
    LIMIT 1
) AS handed_over ON true
LEFT JOIN LATERAL (
    SELECT
        cell.measure,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END AS total_kind,
        lsinfra.share(cell.value, cell.total, said.percent) AS share,
        lsinfra.day_text(cell.observed) AS observed,
        lsinfra.last_day(cell.observed) AS observed_last_day,
        (progress.stale >> cell.place) & 1 = 1 AS stale,
        lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
    FROM (
        VALUES
            (0, 'area', progress.inventoried_area,
                progress.inventoried_area_total, progress.inventoried_area_observed),
            (1, 'length', progress.inventoried_length,
                progress.inventoried_length_total, progress.inventoried_length_observed),
            (2, 'households', progress.inventoried_households,
                progress.inventoried_households_total, progress.inventoried_households_observed),
            (3, 'parcels', progress.inventoried_parcels,
                progress.inventoried_parcels_total, progress.inventoried_parcels_observed)
    ) AS cell (place, measure, value, total, observed)
    CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
    WHERE cell.value IS NOT NULL
    ORDER BY lsinfra.share(cell.value, cell.total, said.percent) IS NULL, cell.place
    LIMIT 1
) AS inventoried ON true
LEFT JOIN LATERAL (
    SELECT
        cell.measure,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END AS total_kind,
        lsinfra.share(cell.value, cell.total, said.percent) AS share,
        lsinfra.day_text(cell.observed) AS observed,
        lsinfra.last_day(cell.observed) AS observed_last_day,
        (progress.stale >> cell.place) & 1 = 1 AS stale,
        lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
    FROM (
        VALUES
            (4, 'area', progress.approved_area,
                progress.approved_area_total, progress.approved_area_observed),
            (5, 'length', progress.approved_length,
                progress.approved_length_total, progress.approved_length_observed),
            (6, 'households', progress.approved_households,
                progress.approved_households_total, progress.approved_households_observed),
            (7, 'parcels', progress.approved_parcels,
                progress.approved_parcels_total, progress.approved_parcels_observed)
    ) AS cell (place, measure, value, total, observed)
    CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
    WHERE cell.value IS NOT NULL
    ORDER BY lsinfra.share(cell.value, cell.total, said.percent) IS NULL, cell.place
    LIMIT 1
) AS approved ON true
LEFT JOIN LATERAL (
    SELECT
        cell.measure,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END AS total_kind,
        lsinfra.share(cell.value, cell.total, said.percent) AS share,
        lsinfra.day_text(cell.observed) AS observed,
        lsinfra.last_day(cell.observed) AS observed_last_day,
        (progress.stale >> cell.place) & 1 = 1 AS stale,
        lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
    FROM (
        VALUES
            (8, 'area', progress.paid_area,
                progress.paid_area_total, progress.paid_area_observed),
            (9, 'length', progress.paid_length,
                progress.paid_length_total, progress.paid_length_observed),
            (10, 'households', progress.paid_households,
                progress.paid_households_total, progress.paid_households_observed),
            (11, 'parcels', progress.paid_parcels,
                progress.paid_parcels_total, progress.paid_parcels_observed)
    ) AS cell (place, measure, value, total, observed)
    CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
    WHERE cell.value IS NOT NULL
    ORDER BY lsinfra.share(cell.value, cell.total, said.percent) IS NULL, cell.place
    LIMIT 1
) AS paid ON true
LEFT JOIN LATERAL (
    SELECT
        cell.measure,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END AS total_kind,
        lsinfra.share(cell.value, cell.total, said.percent) AS share,
        lsinfra.day_text(cell.observed) AS observed,
        lsinfra.last_day(cell.observed) AS observed_last_day,
        (progress.stale >> cell.place) & 1 = 1 AS stale,
        lsinfra.source_of(progress.rest, progress.source, cell.place) AS source
    FROM (
        VALUES
            (16, 'area', progress.clear_area,
                progress.clear_area_total, progress.clear_area_observed),
            (17, 'length', progress.clear_length,
                progress.clear_length_total, progress.clear_length_observed),
            (18, 'households', progress.clear_households,
                progress.clear_households_total, progress.clear_households_observed),
            (19, 'parcels', progress.clear_parcels,
                progress.clear_parcels_total, progress.clear_parcels_observed)
    ) AS cell (place, measure, value, total, observed)
    CROSS JOIN LATERAL (SELECT lsinfra.stated_percent(progress.rest, cell.place) AS percent) AS said
    WHERE cell.value IS NOT NULL
    ORDER BY lsinfra.share(cell.value, cell.total, said.percent) IS NULL, cell.place
    LIMIT 1
) AS clear ON true;

-- One row a line of money, in đồng.
CREATE VIEW lsinfra.disbursement_by_week AS
SELECT
    disbursement.week,
    weeks.valid_from,
    weeks.valid_until,
    disbursement.project,
    disbursement.title_vi AS project_title_vi,
    disbursement.title_en AS project_title_en,
    disbursement.plan_year,
    disbursement.base,
    nullif(disbursement.funding, '') AS funding,
    nullif(disbursement.closes, '')::date AS closes,
    disbursement.line,
    disbursement.value AS value_vnd,
    disbursement.plan AS plan_vnd,
    CASE
        WHEN disbursement.plan IS NOT NULL THEN 'stated'
        WHEN disbursement.percent IS NOT NULL THEN 'implied'
        ELSE 'none'
    END AS plan_kind,
    lsinfra.share(disbursement.value, disbursement.plan, disbursement.percent::numeric) AS share,
    disbursement.percent::numeric AS stated_percent,
    disbursement.about = 1 AS about,
    lsinfra.day_text(disbursement.observed) AS observed,
    lsinfra.last_day(disbursement.observed) AS observed_last_day,
    disbursement.stale = 1 AS stale,
    disbursement.source
FROM lsinfra.disbursement
JOIN lsinfra.weeks ON weeks.week = disbursement.week;

CREATE VIEW lsinfra.disbursement_latest AS
SELECT disbursement_by_week.* FROM lsinfra.disbursement_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);
