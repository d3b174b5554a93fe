-- What spoils right books, so that each check has something to find: by the module whose database is spoilt, and what
-- the check says of it.

-- orders: an order was answered and is not there
DELETE FROM orders WHERE state = 'paid';

-- orders: an order lasts as what it was not to be, or as something else than was said
UPDATE orders SET state = 'rejected' WHERE state = 'paid';

-- orders: an order is in a passing state
UPDATE orders SET state = 'confirmed', step = 'capture' WHERE state = 'paid';

-- payments: a payment or a refund waits for its provider
UPDATE refunds SET state = 'pending';

-- orders: a key has not exactly one order
DELETE FROM freestone_keys;

-- orders: an order that nobody was told of
CREATE TEMP TABLE twice AS SELECT * FROM orders WHERE state = 'paid' LIMIT 1;
UPDATE twice SET id = 'FTWICE';
INSERT INTO orders SELECT * FROM twice;

-- payments: a paid order's money is not taken in full
UPDATE payments SET amount = amount - 1 WHERE state = 'captured' AND refunded = 0;

-- payments: an order has ended otherwise, and its customer's money is kept
UPDATE payments SET refunded = 0;

-- payments: the provider took or gave back what the payments do not know of, or the other way round
INSERT INTO sandbox_payments SELECT 'pay_twice', amount, currency, standing, reason, ready, token
FROM sandbox_payments WHERE standing = 'captured' LIMIT 1;

-- payments: the provider holds what nobody is going to take
UPDATE sandbox_payments SET standing = 'held' WHERE standing = 'captured';

-- payments: a transfer is out of balance
UPDATE entries SET debit = debit + 1 WHERE debit > 0;

-- payments: what the provider owes is not what it took and did not give back
DELETE FROM entries WHERE account IN ('provider:receivable', 'sales:clearing') AND transfer LIKE '%:captured';

-- payments: a hold is left
DELETE FROM entries WHERE transfer LIKE '%:captured';

-- inventory: it is negative, or less than what is reserved
PRAGMA ignore_check_constraints = ON;
UPDATE stock SET on_hand = -1;

-- inventory: it is not the sum of its movements
UPDATE stock SET on_hand = on_hand + 1;

-- inventory: what left it is not what was sold
UPDATE movements SET quantity = quantity + 1 WHERE movement = 'committed';

-- inventory: what came back is not what was revoked
DELETE FROM movements WHERE number = (SELECT max(number) FROM movements WHERE movement = 'returned');

-- inventory: an order that has ended, or never was, holds some
UPDATE reservations SET state = 'held';

-- orders: an order's end was not told exactly once
INSERT INTO freestone_outbox (code, key, payload, request_id, published)
SELECT code, key, payload, request_id, published FROM freestone_outbox WHERE code = 'orders.paid' LIMIT 1;

-- cart: one was set aside
INSERT INTO freestone_parked (publisher, sequence, code, key, payload, request_id, published, tries, error, parked)
VALUES ('orders', 1, 'orders.paid', 'k', x'', 'r', 0, 1, 'no', 0);

-- cart: some have not been heard
UPDATE freestone_cursors SET position = 0;

-- inventory: a product has no shelf
UPDATE stock SET sku = 'OTHER';
