-- Why: a link that ends with its consent leaves behind a device on which somebody has read. Whoever signs up on it next must not be exported
-- with that. So the vault sets `ending` to 'withdraw' where it deleted the row, and activation, which alone knows the device, notes whose it
-- was before it deletes the row. Nothing of it is told to the web side.
-- Cost: one row of 150 bytes a link that ended, 65 weeks.
-- The vault and activation must be stopped meanwhile: the former vault deletes links itself, the former activation knows no such ending.
-- Watch: select count(*) from links.former; select ending, count(*) from links.links group by 1.

-- A device may be linked again to the contact that left it, and to no other.
CREATE TABLE links.former (
  -- Keyed, of the device.
  hash text NOT NULL,
  -- Keyed, of the contact and this device: it does not show which devices were one contact's.
  owner text NOT NULL,
  day date NOT NULL,
  PRIMARY KEY (hash, owner)
);
