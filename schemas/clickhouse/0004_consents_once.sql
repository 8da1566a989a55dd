-- Why: a range of the log that its producer wrote twice must not bring a choice's proof twice; proofs now come with an id, as all else does.
-- Cost: none for what is there; 64 bits of its receipt for each proof, three days.
-- Watch: select count(), uniqExact(receipt) from device_consents.

CREATE TABLE IF NOT EXISTS consents_in ${ON_CLUSTER} (
  id UInt64,
  partition UInt16,
  first UInt64,
  received Date,
  receipt FixedString(33),
  site String,
  purposes Array(String),
  notice String,
  notice_hash FixedString(64),
  language String,
  method String,
  path String,
  at DateTime('UTC')
) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS consents_from_in ${ON_CLUSTER} TO device_consents AS
SELECT receipt, site, purposes, notice, notice_hash, language, method, path, at FROM consents_in;

CREATE MATERIALIZED VIEW IF NOT EXISTS seen_from_consents ${ON_CLUSTER} TO seen AS
SELECT 'device_consents' AS topic, partition, id, first, received AS day FROM consents_in;
