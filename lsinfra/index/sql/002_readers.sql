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
RETURN lpad((observed / 10000)::text, 4, '0') || '-' || lpad((observed / 100 % 100)::text, 2, '0')
    || CASE WHEN observed % 100 = 0 THEN '' ELSE '-' || lpad((observed % 100)::text, 2, '0') END;

CREATE FUNCTION lsinfra.last_day(observed integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN observed % 100 = 0
    THEN (make_date(observed / 10000, observed / 100 % 100, 1) + interval '1 month' - interval '1 day')::date
    ELSE make_date(observed / 10000, observed / 100 % 100, observed % 100)
END;

-- Of `rest` what the figure at a place has: read as text, since one hostile source in it would stop a parser of JSON.
CREATE FUNCTION lsinfra.stated_percent(rest text, place integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(rest FROM '^\{"percent":\{[^}]*"' || place::text || '":"([-0-9.]+)"')::numeric;

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

-- Half a unit of the last decimal that a percentage is printed with: 0.005 of 75.12.
CREATE FUNCTION lsinfra.half_unit(percent numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('5e-' || (scale(percent) + 1)::text)::numeric;

-- How a stated percentage stands to the printed numbers, as on the pages: rounded half up, or cut off, at its decimals.
CREATE FUNCTION lsinfra.stated_check(value numeric, total numeric, percent numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN total IS NULL OR total = 0 OR percent IS NULL THEN 'none'
    WHEN value * 100 = percent * total THEN 'exact'
    WHEN sign(value) * sign(total) * sign(percent) < 0 THEN 'conflict'
    WHEN abs(value) * 100 >= (abs(percent) - lsinfra.half_unit(percent)) * abs(total)
        AND abs(value) * 100 < (abs(percent) + lsinfra.half_unit(percent)) * abs(total) THEN 'rounded'
    WHEN abs(value) * 100 >= abs(percent) * abs(total)
        AND abs(value) * 100 < (abs(percent) + 2 * lsinfra.half_unit(percent)) * abs(total) THEN 'truncated'
    ELSE 'conflict'
END;

-- What a stated percentage says of a total that was not printed: its bounds, rounded outwards to a whole number of
-- steps; no upper bound of a stated 0 %.
CREATE FUNCTION lsinfra.total_low(value numeric, total numeric, percent numeric, step numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value IS NOT NULL AND total IS NULL
    THEN div(abs(value) * 100, (abs(percent) + lsinfra.half_unit(percent)) * step) * step
END;

CREATE FUNCTION lsinfra.total_high(value numeric, total numeric, percent numeric, step numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value IS NOT NULL AND total IS NULL AND abs(percent) > lsinfra.half_unit(percent)
    THEN (
        div(abs(value) * 100, (abs(percent) - lsinfra.half_unit(percent)) * step)
        + sign(mod(abs(value) * 100, (abs(percent) - lsinfra.half_unit(percent)) * step))
    ) * step
END;

-- A figure in words, exact, as the records spell it but for the dots between thousands: khoảng 37,07 ha, đạt 75,12%.
CREATE FUNCTION lsinfra.figure_text(value numeric, total numeric, percent numeric, about boolean, unit_code text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value IS NOT NULL THEN CASE WHEN about THEN 'khoảng ' ELSE '' END
        || replace(value::text || coalesce('/' || total::text, ''), '.', ',') || ' ' || unit_code
        || coalesce(', đạt ' || replace(percent::text, '.', ',') || '%', '')
END;

CREATE VIEW lsinfra.weeks AS
SELECT
    week.week,
    snapshot.as_of AS valid_from,
    lead(snapshot.as_of) OVER (ORDER BY week.week) AS valid_to,
    lead(week.week) OVER (ORDER BY week.week) IS NULL AS newest,
    nullif(snapshot.taken, '')::timestamptz AS taken,
    snapshot.file,
    origin.records_sha256,
    origin.geodata_sha256
FROM lsinfra.week
JOIN lsinfra.snapshot ON snapshot.digest = week.digest
LEFT JOIN lsinfra.origin ON origin.week = week.week;

-- The figures of a row, each with what belongs to it and to no other: its date, its source, its age.
CREATE FUNCTION lsinfra.figures(one lsinfra.progress)
RETURNS TABLE (
    place integer, stage text, measure text, unit_code text, value numeric, total numeric, total_kind text,
    total_low numeric, total_high numeric, share numeric, stated_percent numeric, stated_check text, about boolean,
    written text, observed text, observed_last_day date, stale boolean, source text
)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
    SELECT
        cell.place,
        cell.stage,
        cell.measure,
        cell.unit_code,
        cell.value,
        cell.total,
        CASE
            WHEN cell.total IS NOT NULL THEN 'stated'
            WHEN said.percent IS NOT NULL THEN 'implied'
            ELSE 'none'
        END,
        lsinfra.total_low(cell.value, cell.total, said.percent, 0.001),
        lsinfra.total_high(cell.value, cell.total, said.percent, 0.001),
        lsinfra.share(cell.value, cell.total, said.percent),
        said.percent,
        lsinfra.stated_check(cell.value, cell.total, said.percent),
        said.about,
        lsinfra.figure_text(cell.value, cell.total, said.percent, said.about, cell.unit_code),
        lsinfra.day_text(cell.observed),
        lsinfra.last_day(cell.observed),
        ((one).stale >> cell.place) & 1 = 1,
        lsinfra.source_of((one).rest, (one).source, cell.place)
    FROM (
        VALUES
            (0, 'inventoried', 'area', 'ha', (one).inventoried_area,
                (one).inventoried_area_total, (one).inventoried_area_observed),
            (1, 'inventoried', 'length', 'km', (one).inventoried_length,
                (one).inventoried_length_total, (one).inventoried_length_observed),
            (2, 'inventoried', 'households', 'hộ', (one).inventoried_households,
                (one).inventoried_households_total, (one).inventoried_households_observed),
            (3, 'inventoried', 'parcels', 'thửa', (one).inventoried_parcels,
                (one).inventoried_parcels_total, (one).inventoried_parcels_observed),
            (4, 'approved', 'area', 'ha', (one).approved_area,
                (one).approved_area_total, (one).approved_area_observed),
            (5, 'approved', 'length', 'km', (one).approved_length,
                (one).approved_length_total, (one).approved_length_observed),
            (6, 'approved', 'households', 'hộ', (one).approved_households,
                (one).approved_households_total, (one).approved_households_observed),
            (7, 'approved', 'parcels', 'thửa', (one).approved_parcels,
                (one).approved_parcels_total, (one).approved_parcels_observed),
            (8, 'paid', 'area', 'ha', (one).paid_area,
                (one).paid_area_total, (one).paid_area_observed),
            (9, 'paid', 'length', 'km', (one).paid_length,
                (one).paid_length_total, (one).paid_length_observed),
            (10, 'paid', 'households', 'hộ', (one).paid_households,
                (one).paid_households_total, (one).paid_households_observed),
            (11, 'paid', 'parcels', 'thửa', (one).paid_parcels,
                (one).paid_parcels_total, (one).paid_parcels_observed),
            (12, 'handed_over', 'area', 'ha', (one).handed_over_area,
                (one).handed_over_area_total, (one).handed_over_area_observed),
            (13, 'handed_over', 'length', 'km', (one).handed_over_length,
                (one).handed_over_length_total, (one).handed_over_length_observed),
            (14, 'handed_over', 'households', 'hộ', (one).handed_over_households,
                (one).handed_over_households_total, (one).handed_over_households_observed),
            (15, 'handed_over', 'parcels', 'thửa', (one).handed_over_parcels,
                (one).handed_over_parcels_total, (one).handed_over_parcels_observed),
            (16, 'clear', 'area', 'ha', (one).clear_area,
                (one).clear_area_total, (one).clear_area_observed),
            (17, 'clear', 'length', 'km', (one).clear_length,
                (one).clear_length_total, (one).clear_length_observed),
            (18, 'clear', 'households', 'hộ', (one).clear_households,
                (one).clear_households_total, (one).clear_households_observed),
            (19, 'clear', 'parcels', 'thửa', (one).clear_parcels,
                (one).clear_parcels_total, (one).clear_parcels_observed)
    ) AS cell (place, stage, measure, unit_code, value, total, observed)
    CROSS JOIN LATERAL (
        SELECT
            lsinfra.stated_percent((one).rest, cell.place) AS percent,
            lsinfra.is_about((one).rest, cell.place) AS about
        OFFSET 0  -- searched for once, not wherever it is used
    ) AS said
    WHERE cell.value IS NOT NULL;
END;

-- Of a stage the figure that stands for it: the first of area, length, households, parcels that has a share, else the
-- first that there is.
CREATE FUNCTION lsinfra.standing(one lsinfra.progress, of_stage text)
RETURNS TABLE (
    measure text, total_kind text, share numeric, stated_check text, written text, observed text,
    observed_last_day date, stale boolean, source text
)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT
        figure.measure,
        figure.total_kind,
        figure.share,
        figure.stated_check,
        figure.written,
        figure.observed,
        figure.observed_last_day,
        figure.stale,
        figure.source
    FROM lsinfra.figures(one) AS figure
    WHERE figure.stage = of_stage
    ORDER BY figure.share IS NULL, figure.place
    LIMIT 1;
END;

-- One row a figure of land.
CREATE VIEW lsinfra.progress_by_week AS
SELECT
    progress.week,
    weeks.valid_from,
    weeks.valid_to,
    progress.project,
    progress.title_vi AS project_title_vi,
    progress.title_en AS project_title_en,
    nullif(progress.section, '') AS section,
    progress.unit,
    figure.stage,
    figure.measure,
    figure.unit_code,
    figure.value,
    figure.total,
    figure.total_kind,
    figure.total_low,
    figure.total_high,
    figure.share,
    figure.stated_percent,
    figure.stated_check,
    figure.about,
    figure.written AS text,
    figure.observed,
    figure.observed_last_day,
    figure.stale,
    current_date - figure.observed_last_day AS age_today_days,
    figure.source
FROM lsinfra.progress
JOIN lsinfra.weeks ON weeks.week = progress.week
CROSS JOIN LATERAL lsinfra.figures(progress) AS figure;

CREATE VIEW lsinfra.progress_latest AS
SELECT progress_by_week.* FROM lsinfra.progress_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);

-- One row a project (section NULL) or section. Each amount stands with its own text, date, age and source; the columns
-- of a stage without a measure (handed_over_share, _text, _observed, …) are of its standing figure.
CREATE VIEW lsinfra.parts_by_week AS
SELECT
    weeks.week || '/' || named.project || coalesce('/' || nullif(named.section, ''), '') AS id,
    weeks.week,
    weeks.valid_from,
    weeks.valid_to,
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
    lsinfra.total_low(
        progress.handed_over_area, progress.handed_over_area_total,
        lsinfra.stated_percent(progress.rest, 12), 0.001
    ) AS handed_over_total_low_ha,
    lsinfra.total_high(
        progress.handed_over_area, progress.handed_over_area_total,
        lsinfra.stated_percent(progress.rest, 12), 0.001
    ) AS handed_over_total_high_ha,
    lsinfra.figure_text(
        progress.handed_over_area, progress.handed_over_area_total,
        lsinfra.stated_percent(progress.rest, 12), lsinfra.is_about(progress.rest, 12), 'ha'
    ) AS handed_over_ha_text,
    lsinfra.day_text(progress.handed_over_area_observed) AS handed_over_ha_observed,
    CASE WHEN progress.handed_over_area IS NOT NULL THEN (progress.stale >> 12) & 1 = 1 END AS handed_over_ha_stale,
    CASE WHEN progress.handed_over_area IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 12) END
        AS handed_over_ha_source,
    progress.handed_over_length AS handed_over_km,
    progress.handed_over_length_total AS handed_over_total_km,
    lsinfra.total_low(
        progress.handed_over_length, progress.handed_over_length_total,
        lsinfra.stated_percent(progress.rest, 13), 0.001
    ) AS handed_over_total_low_km,
    lsinfra.total_high(
        progress.handed_over_length, progress.handed_over_length_total,
        lsinfra.stated_percent(progress.rest, 13), 0.001
    ) AS handed_over_total_high_km,
    lsinfra.figure_text(
        progress.handed_over_length, progress.handed_over_length_total,
        lsinfra.stated_percent(progress.rest, 13), lsinfra.is_about(progress.rest, 13), 'km'
    ) AS handed_over_km_text,
    lsinfra.day_text(progress.handed_over_length_observed) AS handed_over_km_observed,
    CASE WHEN progress.handed_over_length IS NOT NULL THEN (progress.stale >> 13) & 1 = 1 END AS handed_over_km_stale,
    CASE WHEN progress.handed_over_length IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 13) END
        AS handed_over_km_source,
    progress.handed_over_households AS handed_over_households,
    progress.handed_over_households_total AS handed_over_total_households,
    lsinfra.total_low(
        progress.handed_over_households, progress.handed_over_households_total,
        lsinfra.stated_percent(progress.rest, 14), 0.001
    ) AS handed_over_total_low_households,
    lsinfra.total_high(
        progress.handed_over_households, progress.handed_over_households_total,
        lsinfra.stated_percent(progress.rest, 14), 0.001
    ) AS handed_over_total_high_households,
    lsinfra.figure_text(
        progress.handed_over_households, progress.handed_over_households_total,
        lsinfra.stated_percent(progress.rest, 14), lsinfra.is_about(progress.rest, 14), 'hộ'
    ) AS handed_over_households_text,
    lsinfra.day_text(progress.handed_over_households_observed) AS handed_over_households_observed,
    CASE WHEN progress.handed_over_households IS NOT NULL THEN (progress.stale >> 14) & 1 = 1 END
        AS handed_over_households_stale,
    CASE WHEN progress.handed_over_households IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 14) END
        AS handed_over_households_source,
    progress.handed_over_parcels AS handed_over_parcels,
    progress.handed_over_parcels_total AS handed_over_total_parcels,
    lsinfra.total_low(
        progress.handed_over_parcels, progress.handed_over_parcels_total,
        lsinfra.stated_percent(progress.rest, 15), 0.001
    ) AS handed_over_total_low_parcels,
    lsinfra.total_high(
        progress.handed_over_parcels, progress.handed_over_parcels_total,
        lsinfra.stated_percent(progress.rest, 15), 0.001
    ) AS handed_over_total_high_parcels,
    lsinfra.figure_text(
        progress.handed_over_parcels, progress.handed_over_parcels_total,
        lsinfra.stated_percent(progress.rest, 15), lsinfra.is_about(progress.rest, 15), 'thửa'
    ) AS handed_over_parcels_text,
    lsinfra.day_text(progress.handed_over_parcels_observed) AS handed_over_parcels_observed,
    CASE WHEN progress.handed_over_parcels IS NOT NULL THEN (progress.stale >> 15) & 1 = 1 END
        AS handed_over_parcels_stale,
    CASE WHEN progress.handed_over_parcels IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 15) END
        AS handed_over_parcels_source,
    handed_over.share AS handed_over_share,
    handed_over.measure AS handed_over_measure,
    handed_over.total_kind AS handed_over_total_kind,
    handed_over.stated_check AS handed_over_stated_check,
    handed_over.written AS handed_over_text,
    handed_over.observed AS handed_over_observed,
    handed_over.observed_last_day AS handed_over_observed_last_day,
    handed_over.stale AS handed_over_stale,
    current_date - handed_over.observed_last_day AS handed_over_age_today_days,
    handed_over.source AS handed_over_source,
    progress.inventoried_area AS inventoried_ha,
    progress.inventoried_area_total AS inventoried_total_ha,
    lsinfra.total_low(
        progress.inventoried_area, progress.inventoried_area_total,
        lsinfra.stated_percent(progress.rest, 0), 0.001
    ) AS inventoried_total_low_ha,
    lsinfra.total_high(
        progress.inventoried_area, progress.inventoried_area_total,
        lsinfra.stated_percent(progress.rest, 0), 0.001
    ) AS inventoried_total_high_ha,
    lsinfra.figure_text(
        progress.inventoried_area, progress.inventoried_area_total,
        lsinfra.stated_percent(progress.rest, 0), lsinfra.is_about(progress.rest, 0), 'ha'
    ) AS inventoried_ha_text,
    lsinfra.day_text(progress.inventoried_area_observed) AS inventoried_ha_observed,
    CASE WHEN progress.inventoried_area IS NOT NULL THEN (progress.stale >> 0) & 1 = 1 END AS inventoried_ha_stale,
    CASE WHEN progress.inventoried_area IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 0) END
        AS inventoried_ha_source,
    progress.inventoried_households AS inventoried_households,
    progress.inventoried_households_total AS inventoried_total_households,
    lsinfra.total_low(
        progress.inventoried_households, progress.inventoried_households_total,
        lsinfra.stated_percent(progress.rest, 2), 0.001
    ) AS inventoried_total_low_households,
    lsinfra.total_high(
        progress.inventoried_households, progress.inventoried_households_total,
        lsinfra.stated_percent(progress.rest, 2), 0.001
    ) AS inventoried_total_high_households,
    lsinfra.figure_text(
        progress.inventoried_households, progress.inventoried_households_total,
        lsinfra.stated_percent(progress.rest, 2), lsinfra.is_about(progress.rest, 2), 'hộ'
    ) AS inventoried_households_text,
    lsinfra.day_text(progress.inventoried_households_observed) AS inventoried_households_observed,
    CASE WHEN progress.inventoried_households IS NOT NULL THEN (progress.stale >> 2) & 1 = 1 END
        AS inventoried_households_stale,
    CASE WHEN progress.inventoried_households IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 2) END
        AS inventoried_households_source,
    inventoried.share AS inventoried_share,
    inventoried.measure AS inventoried_measure,
    inventoried.total_kind AS inventoried_total_kind,
    inventoried.stated_check AS inventoried_stated_check,
    inventoried.written AS inventoried_text,
    inventoried.observed AS inventoried_observed,
    inventoried.observed_last_day AS inventoried_observed_last_day,
    inventoried.stale AS inventoried_stale,
    inventoried.source AS inventoried_source,
    progress.approved_area AS approved_ha,
    progress.approved_area_total AS approved_total_ha,
    lsinfra.total_low(
        progress.approved_area, progress.approved_area_total,
        lsinfra.stated_percent(progress.rest, 4), 0.001
    ) AS approved_total_low_ha,
    lsinfra.total_high(
        progress.approved_area, progress.approved_area_total,
        lsinfra.stated_percent(progress.rest, 4), 0.001
    ) AS approved_total_high_ha,
    lsinfra.figure_text(
        progress.approved_area, progress.approved_area_total,
        lsinfra.stated_percent(progress.rest, 4), lsinfra.is_about(progress.rest, 4), 'ha'
    ) AS approved_ha_text,
    lsinfra.day_text(progress.approved_area_observed) AS approved_ha_observed,
    CASE WHEN progress.approved_area IS NOT NULL THEN (progress.stale >> 4) & 1 = 1 END AS approved_ha_stale,
    CASE WHEN progress.approved_area IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 4) END
        AS approved_ha_source,
    progress.approved_households AS approved_households,
    progress.approved_households_total AS approved_total_households,
    lsinfra.total_low(
        progress.approved_households, progress.approved_households_total,
        lsinfra.stated_percent(progress.rest, 6), 0.001
    ) AS approved_total_low_households,
    lsinfra.total_high(
        progress.approved_households, progress.approved_households_total,
        lsinfra.stated_percent(progress.rest, 6), 0.001
    ) AS approved_total_high_households,
    lsinfra.figure_text(
        progress.approved_households, progress.approved_households_total,
        lsinfra.stated_percent(progress.rest, 6), lsinfra.is_about(progress.rest, 6), 'hộ'
    ) AS approved_households_text,
    lsinfra.day_text(progress.approved_households_observed) AS approved_households_observed,
    CASE WHEN progress.approved_households IS NOT NULL THEN (progress.stale >> 6) & 1 = 1 END
        AS approved_households_stale,
    CASE WHEN progress.approved_households IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 6) END
        AS approved_households_source,
    approved.share AS approved_share,
    approved.measure AS approved_measure,
    approved.total_kind AS approved_total_kind,
    approved.stated_check AS approved_stated_check,
    approved.written AS approved_text,
    approved.observed AS approved_observed,
    approved.observed_last_day AS approved_observed_last_day,
    approved.stale AS approved_stale,
    approved.source AS approved_source,
    progress.paid_area AS paid_ha,
    progress.paid_area_total AS paid_total_ha,
    lsinfra.total_low(
        progress.paid_area, progress.paid_area_total,
        lsinfra.stated_percent(progress.rest, 8), 0.001
    ) AS paid_total_low_ha,
    lsinfra.total_high(
        progress.paid_area, progress.paid_area_total,
        lsinfra.stated_percent(progress.rest, 8), 0.001
    ) AS paid_total_high_ha,
    lsinfra.figure_text(
        progress.paid_area, progress.paid_area_total,
        lsinfra.stated_percent(progress.rest, 8), lsinfra.is_about(progress.rest, 8), 'ha'
    ) AS paid_ha_text,
    lsinfra.day_text(progress.paid_area_observed) AS paid_ha_observed,
    CASE WHEN progress.paid_area IS NOT NULL THEN (progress.stale >> 8) & 1 = 1 END AS paid_ha_stale,
    CASE WHEN progress.paid_area IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 8) END
        AS paid_ha_source,
    progress.paid_households AS paid_households,
    progress.paid_households_total AS paid_total_households,
    lsinfra.total_low(
        progress.paid_households, progress.paid_households_total,
        lsinfra.stated_percent(progress.rest, 10), 0.001
    ) AS paid_total_low_households,
    lsinfra.total_high(
        progress.paid_households, progress.paid_households_total,
        lsinfra.stated_percent(progress.rest, 10), 0.001
    ) AS paid_total_high_households,
    lsinfra.figure_text(
        progress.paid_households, progress.paid_households_total,
        lsinfra.stated_percent(progress.rest, 10), lsinfra.is_about(progress.rest, 10), 'hộ'
    ) AS paid_households_text,
    lsinfra.day_text(progress.paid_households_observed) AS paid_households_observed,
    CASE WHEN progress.paid_households IS NOT NULL THEN (progress.stale >> 10) & 1 = 1 END AS paid_households_stale,
    CASE WHEN progress.paid_households IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 10) END
        AS paid_households_source,
    paid.share AS paid_share,
    paid.measure AS paid_measure,
    paid.total_kind AS paid_total_kind,
    paid.stated_check AS paid_stated_check,
    paid.written AS paid_text,
    paid.observed AS paid_observed,
    paid.observed_last_day AS paid_observed_last_day,
    paid.stale AS paid_stale,
    paid.source AS paid_source,
    progress.clear_area AS clear_ha,
    progress.clear_area_total AS clear_total_ha,
    lsinfra.total_low(
        progress.clear_area, progress.clear_area_total,
        lsinfra.stated_percent(progress.rest, 16), 0.001
    ) AS clear_total_low_ha,
    lsinfra.total_high(
        progress.clear_area, progress.clear_area_total,
        lsinfra.stated_percent(progress.rest, 16), 0.001
    ) AS clear_total_high_ha,
    lsinfra.figure_text(
        progress.clear_area, progress.clear_area_total,
        lsinfra.stated_percent(progress.rest, 16), lsinfra.is_about(progress.rest, 16), 'ha'
    ) AS clear_ha_text,
    lsinfra.day_text(progress.clear_area_observed) AS clear_ha_observed,
    CASE WHEN progress.clear_area IS NOT NULL THEN (progress.stale >> 16) & 1 = 1 END AS clear_ha_stale,
    CASE WHEN progress.clear_area IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 16) END
        AS clear_ha_source,
    progress.clear_households AS clear_households,
    progress.clear_households_total AS clear_total_households,
    lsinfra.total_low(
        progress.clear_households, progress.clear_households_total,
        lsinfra.stated_percent(progress.rest, 18), 0.001
    ) AS clear_total_low_households,
    lsinfra.total_high(
        progress.clear_households, progress.clear_households_total,
        lsinfra.stated_percent(progress.rest, 18), 0.001
    ) AS clear_total_high_households,
    lsinfra.figure_text(
        progress.clear_households, progress.clear_households_total,
        lsinfra.stated_percent(progress.rest, 18), lsinfra.is_about(progress.rest, 18), 'hộ'
    ) AS clear_households_text,
    lsinfra.day_text(progress.clear_households_observed) AS clear_households_observed,
    CASE WHEN progress.clear_households IS NOT NULL THEN (progress.stale >> 18) & 1 = 1 END AS clear_households_stale,
    CASE WHEN progress.clear_households IS NOT NULL THEN lsinfra.source_of(progress.rest, progress.source, 18) END
        AS clear_households_source,
    clear.share AS clear_share,
    clear.measure AS clear_measure,
    clear.total_kind AS clear_total_kind,
    clear.stated_check AS clear_stated_check,
    clear.written AS clear_text,
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
LEFT JOIN LATERAL lsinfra.standing(progress, 'handed_over') AS handed_over ON true
LEFT JOIN LATERAL lsinfra.standing(progress, 'inventoried') AS inventoried ON true
LEFT JOIN LATERAL lsinfra.standing(progress, 'approved') AS approved ON true
LEFT JOIN LATERAL lsinfra.standing(progress, 'paid') AS paid ON true
LEFT JOIN LATERAL lsinfra.standing(progress, 'clear') AS clear ON true;

-- One row a line of money, in đồng.
CREATE VIEW lsinfra.disbursement_by_week AS
SELECT
    disbursement.week,
    weeks.valid_from,
    weeks.valid_to,
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
    lsinfra.total_low(disbursement.value, disbursement.plan, disbursement.percent::numeric, 1) AS plan_low_vnd,
    lsinfra.total_high(disbursement.value, disbursement.plan, disbursement.percent::numeric, 1) AS plan_high_vnd,
    lsinfra.share(disbursement.value, disbursement.plan, disbursement.percent::numeric) AS share,
    disbursement.percent::numeric AS stated_percent,
    lsinfra.stated_check(disbursement.value, disbursement.plan, disbursement.percent::numeric) AS stated_check,
    disbursement.about = 1 AS about,
    lsinfra.day_text(disbursement.observed) AS observed,
    lsinfra.last_day(disbursement.observed) AS observed_last_day,
    disbursement.stale = 1 AS stale,
    current_date - lsinfra.last_day(disbursement.observed) AS age_today_days,
    disbursement.source
FROM lsinfra.disbursement
JOIN lsinfra.weeks ON weeks.week = disbursement.week;

CREATE VIEW lsinfra.disbursement_latest AS
SELECT disbursement_by_week.* FROM lsinfra.disbursement_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);
