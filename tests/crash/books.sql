-- What must not be found in a store's databases once everybody has their answer. Each query is named by a line before
-- it, the kind and what is wrong, and returns where. `told` is what customers were told; `:filled` is how many of each
-- thing were put on the shelves at first.

-- lost: an order was answered and is not there
SELECT told.order_id FROM told LEFT JOIN orders.orders o ON o.id = told.order_id WHERE o.id IS NULL;

-- lost: an order lasts as what it was not to be, or as something else than was said
SELECT o.id || ' is ' || o.state || ' and not ' || told.may_be || ', ' || told.last
FROM told JOIN orders.orders o ON o.id = told.order_id
WHERE instr(told.may_be, o.state) = 0 OR told.last != o.state;

-- stuck: an order is in a passing state
SELECT id || ' is ' || state || ', step ' || coalesce(step, '-') FROM orders.orders
WHERE step IS NOT NULL OR state NOT IN ('paid', 'cancelled', 'rejected');

-- stuck: a payment or a refund waits for its provider
SELECT order_id FROM payments.payments WHERE doing IS NOT NULL OR state IN ('pending', 'authorised')
UNION SELECT order_id FROM payments.refunds WHERE state != 'done';

-- duplicate: a key has not exactly one order
SELECT told.key || ' has ' || count(k.subject)
FROM told LEFT JOIN orders.freestone_keys k
    ON (k.actor, k.operation, k.key, k.subject) = (told.account, 'orders.place_order', told.key, told.order_id)
GROUP BY told.key HAVING count(k.subject) != 1;

-- duplicate: an order that nobody was told of
SELECT id FROM orders.orders WHERE id NOT IN (SELECT order_id FROM told WHERE order_id IS NOT NULL);

-- lost: a paid order's money is not taken in full
SELECT o.id FROM orders.orders o LEFT JOIN payments.payments p ON p.order_id = o.id
WHERE o.state = 'paid' AND (p.state IS NOT 'captured' OR p.amount IS NOT o.total OR p.refunded != 0);

-- lost: an order has ended otherwise, and its customer's money is kept
SELECT o.id FROM orders.orders o JOIN payments.payments p ON p.order_id = o.id
WHERE o.state IN ('cancelled', 'rejected') AND p.state = 'captured' AND p.refunded != p.amount;

-- duplicate: the provider took or gave back what the payments do not know of, or the other way round
SELECT coalesce(p.id, s.key)
FROM (SELECT id, amount, refunded FROM payments.payments WHERE state = 'captured') p
FULL JOIN (
    SELECT key, amount,
        (SELECT coalesce(sum(amount), 0) FROM payments.sandbox_refunds r WHERE r.payment = b.key) AS back
    FROM payments.sandbox_payments b WHERE standing = 'captured'
) s ON s.key = p.id
WHERE p.id IS NULL OR s.key IS NULL OR s.amount != p.amount OR s.back != p.refunded;

-- stuck: the provider holds what nobody is going to take
SELECT key FROM payments.sandbox_payments WHERE standing = 'held';

-- ledger: a transfer is out of balance
SELECT transfer FROM payments.entries GROUP BY transfer, currency HAVING sum(debit) != sum(credit);

-- ledger: what the provider owes is not what it took and did not give back
SELECT 'by the ledger ' || owed || ', by the payments ' || kept
FROM (SELECT coalesce(sum(debit - credit), 0) AS owed FROM payments.entries WHERE account = 'provider:receivable'),
    (SELECT coalesce(sum(amount - refunded), 0) AS kept FROM payments.payments WHERE state = 'captured')
WHERE owed != kept;

-- ledger: a hold is left
SELECT account FROM payments.entries WHERE account IN ('provider:held', 'customers:holds')
GROUP BY account HAVING sum(debit) != sum(credit);

-- stock: it is negative, or less than what is reserved
SELECT sku FROM inventory.stock WHERE reserved < 0 OR on_hand < reserved;

-- stock: it is not the sum of its movements
SELECT s.sku FROM inventory.stock s LEFT JOIN inventory.movements m ON m.sku = s.sku
GROUP BY s.sku
HAVING s.on_hand != coalesce(sum(CASE
        WHEN m.movement IN ('opening', 'restocked', 'returned') THEN m.quantity WHEN m.movement = 'committed' THEN -m.quantity
    END), 0)
    OR s.reserved != coalesce(sum(CASE
        WHEN m.movement = 'reserved' THEN m.quantity
        WHEN m.movement IN ('released', 'expired', 'committed') THEN -m.quantity
    END), 0);

-- stock: what left it is not what was sold
SELECT coalesce(sold.id, gone.order_id)
FROM (
    SELECT o.id, json_extract(l.value, '$.sku') AS sku, json_extract(l.value, '$.quantity') AS quantity
    FROM orders.orders o, json_each(o.lines) l
    WHERE o.id IN (SELECT order_id FROM payments.payments WHERE state = 'captured')
) sold
FULL JOIN (
    SELECT order_id, sku, sum(quantity) AS quantity FROM inventory.movements WHERE movement = 'committed'
    GROUP BY order_id, sku
) gone ON (gone.order_id, gone.sku) = (sold.id, sold.sku)
WHERE sold.id IS NULL OR gone.order_id IS NULL OR gone.quantity != sold.quantity;

-- stock: what came back is not what was revoked
SELECT m.sku
FROM (SELECT sku, sum(quantity) AS quantity FROM inventory.movements
      WHERE movement IN ('restocked', 'returned') GROUP BY sku) m
LEFT JOIN (
    SELECT json_extract(l.value, '$.sku') AS sku, sum(json_extract(l.value, '$.quantity')) AS quantity
    FROM orders.orders o, json_each(o.lines) l WHERE o.state = 'cancelled' AND o.reason = 'revoked' GROUP BY 1
) revoked ON revoked.sku = m.sku
WHERE m.quantity != :filled + coalesce(revoked.quantity, 0);

-- stock: an order that has ended, or never was, holds some
SELECT r.order_id FROM inventory.reservations r LEFT JOIN orders.orders o ON o.id = r.order_id
WHERE r.state = 'held' AND (o.id IS NULL OR o.step IS NULL);

-- event: an order's end was not told exactly once
SELECT o.id || ' as ' || o.state
FROM orders.orders o LEFT JOIN orders.freestone_outbox e ON e.key = o.id
GROUP BY o.id
HAVING coalesce(sum(e.code = 'orders.paid'), 0) != (o.state = 'paid' OR o.reason IS 'revoked')
    OR coalesce(sum(e.code = 'orders.ended'), 0) != (o.state != 'paid');

-- event: one was set aside
SELECT publisher || ' ' || sequence FROM cart.freestone_parked
UNION SELECT publisher || ' ' || sequence FROM inventory.freestone_parked;

-- event: some have not been heard
SELECT 'cart ← orders' WHERE coalesce((SELECT position FROM cart.freestone_cursors WHERE publisher = 'orders'), 0)
    < (SELECT max(sequence) FROM orders.freestone_outbox WHERE code = 'orders.paid')
UNION
SELECT 'inventory ← catalog'
WHERE coalesce((SELECT position FROM inventory.freestone_cursors WHERE publisher = 'catalog'), 0)
    < (SELECT max(sequence) FROM catalog.freestone_outbox WHERE code = 'catalog.product_added');

-- event: a product has no shelf
SELECT sku FROM catalog.variants WHERE sku NOT IN (SELECT sku FROM inventory.stock);
