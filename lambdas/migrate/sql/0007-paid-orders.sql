-- What was sold in a day or a week, and lately, is found without reading all orders there ever were.
CREATE INDEX orders_paid ON orders (paid_at, id) WHERE status = 'paid';
