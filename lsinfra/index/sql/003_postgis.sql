-- The lines as they are in the folder that was indexed last, and the figures on them. EPSG:4326, longitude first.
-- Snapshots keep no line: `geometry_basis` says whether a week's figures were kept beside the same files.

-- The files that the lines are from; one row.
CREATE TABLE lsinfra.geodata (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    records_sha256 text NOT NULL,
    geodata_sha256 text,
    program text NOT NULL,
    indexed timestamptz NOT NULL DEFAULT now(),
    indexed_by text NOT NULL DEFAULT session_user
);

CREATE TABLE lsinfra.route (
    route varchar COLLATE "C" PRIMARY KEY,
    title_vi text,
    title_en text,
    role text,
    named_by text,
    partial boolean NOT NULL,
    calibrated boolean NOT NULL,
    drawn_km double precision NOT NULL,
    start_km double precision,
    end_km double precision,
    source text NOT NULL,
    credit text,
    note_vi text,
    note_en text,
    accuracy text NOT NULL,
    uncertainty_m double precision,
    geometry geometry(LineString, 4326) NOT NULL
);
CREATE INDEX route_geometry ON lsinfra.route USING gist (geometry);

-- Section '': the whole project, as far as its routes are in its scope.
CREATE TABLE lsinfra.section (
    project varchar COLLATE "C" NOT NULL,
    section varchar COLLATE "C" NOT NULL,
    extent text,
    placed text,
    accuracy text,
    uncertainty_m double precision,
    geometry geometry(MultiLineString, 4326) NOT NULL,
    PRIMARY KEY (project, section)
);
CREATE INDEX section_geometry ON lsinfra.section USING gist (geometry);

-- One row a section, and one a project that has none. (LIMIT tells the planner that there is one row: it would expect
-- hundreds of thousands of lines otherwise, and spend seconds on compiling the question.)
CREATE VIEW lsinfra.sections_by_week AS
SELECT
    parts_by_week.*,
    section.extent,
    section.placed,
    section.accuracy,
    section.uncertainty_m,
    CASE
        WHEN section.geometry IS NULL THEN NULL
        WHEN origin.geodata_sha256 IS NULL THEN 'unknown'
        WHEN origin.geodata_sha256 <> geodata.geodata_sha256 THEN 'other_geodata'
        WHEN origin.records_sha256 IS DISTINCT FROM geodata.records_sha256 THEN 'other_records'
        ELSE 'same'
    END AS geometry_basis,
    section.geometry
FROM lsinfra.parts_by_week
LEFT JOIN lsinfra.section
    ON section.project = parts_by_week.project AND section.section = coalesce(parts_by_week.section, '')
LEFT JOIN lsinfra.origin ON origin.week = parts_by_week.week
LEFT JOIN (SELECT records_sha256, geodata_sha256 FROM lsinfra.geodata LIMIT 1) AS geodata ON true
WHERE parts_by_week.section IS NOT NULL OR NOT parts_by_week.divided;

CREATE VIEW lsinfra.sections_latest AS
SELECT sections_by_week.* FROM lsinfra.sections_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);

-- One row a project: what was published of it as a whole.
CREATE VIEW lsinfra.projects_by_week AS
SELECT
    parts_by_week.*,
    section.accuracy,
    section.uncertainty_m,
    CASE
        WHEN section.geometry IS NULL THEN NULL
        WHEN origin.geodata_sha256 IS NULL THEN 'unknown'
        WHEN origin.geodata_sha256 <> geodata.geodata_sha256 THEN 'other_geodata'
        WHEN origin.records_sha256 IS DISTINCT FROM geodata.records_sha256 THEN 'other_records'
        ELSE 'same'
    END AS geometry_basis,
    section.geometry
FROM lsinfra.parts_by_week
LEFT JOIN lsinfra.section ON section.project = parts_by_week.project AND section.section = ''
LEFT JOIN lsinfra.origin ON origin.week = parts_by_week.week
LEFT JOIN (SELECT records_sha256, geodata_sha256 FROM lsinfra.geodata LIMIT 1) AS geodata ON true
WHERE parts_by_week.section IS NULL;

CREATE VIEW lsinfra.projects_latest AS
SELECT projects_by_week.* FROM lsinfra.projects_by_week
WHERE week = (SELECT max(week.week) FROM lsinfra.week);
