-- Energy transfers: people save energy, collect it from friends, and plant trees together. Energy is only ever moved:
-- nobody's falls below zero, nothing is made or lost, and whoever asks twice is answered once.

-- People and trees. A tree is planted once it holds 100 grams.
CREATE TABLE holders (
  id     TEXT PRIMARY KEY,
  kind   TEXT NOT NULL,                           -- person or tree
  energy INTEGER NOT NULL CHECK (energy >= 0)     -- grams
);

CREATE TABLE friendships (a TEXT, b TEXT, PRIMARY KEY (a, b));
CREATE TABLE growers (person TEXT, tree TEXT, PRIMARY KEY (person, tree));

CREATE SOURCE collects (
  id TEXT PRIMARY KEY, me TEXT, friend TEXT, grams INTEGER, at TIMESTAMPTZ,
  WATERMARK FOR at
);

CREATE SOURCE waterings (
  id TEXT PRIMARY KEY, me TEXT, tree TEXT, grams INTEGER, at TIMESTAMPTZ,
  WATERMARK FOR at
);

CREATE PROPERTY GRAPH garden
  VERTEX TABLES (holders KEY (id) LABEL Holder)
  EDGE TABLES (
    friendships KEY (a, b) SOURCE KEY (a) REFERENCES holders (id) DESTINATION KEY (b) REFERENCES holders (id) LABEL FRIEND,
    growers KEY (person, tree) SOURCE KEY (person) REFERENCES holders (id) DESTINATION KEY (tree) REFERENCES holders (id) LABEL GROWS
  );

-- Only from friends: where the two are none, the rule finds no row and moves nothing.
CREATE RULE collect ON collects
THEN USE garden
     MATCH (m:Holder WHERE m.id = $me)-[f:FRIEND]-(o:Holder WHERE o.id = $friend)
     RETURN f
DO TRANSFER grams FROM friend TO me OF holders.energy;

-- Only those who grow the tree together.
CREATE RULE water ON waterings
THEN USE garden
     MATCH (m:Holder WHERE m.id = $me)-[g:GROWS]->(t:Holder WHERE t.id = $tree)
     RETURN g
DO TRANSFER grams FROM me TO tree OF holders.energy;

CREATE RULE planted AFTER UPDATE ON holders WHEN kind = 'tree' AND energy >= 100 AND $old.energy < 100
DO ALERT 'A tree is planted' SEVERITY LOW KEY (id, energy);

CREATE QUERY balances AS USE garden
  MATCH (h:Holder) RETURN h.id AS id, h.energy AS energy ORDER BY id;
