-- index-scan: sort=createdAt
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_created_at_ms_id)
ORDER BY p.created_at_ms desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.created_at_ms desc, p.id desc;
-- 84 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | index | ix_products_created_at_ms_id | Using index

-- index-scan: sort=price&order=desc&category=vegetables
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_category_price_minor_id)  WHERE p.category = ?
ORDER BY p.price_minor desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor desc, p.id desc;
-- 84 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | ref | ix_products_category_price_minor_id | Using where; Using index

-- index-scan: sort=name&category=eggs,fruits
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT * FROM (SELECT * FROM (SELECT p.id, p.name_text AS sort_key  FROM products AS p FORCE INDEX (ix_products_category_name_text_id)  WHERE p.category = ?
ORDER BY p.name_text asc, p.id asc LIMIT ?) AS branch
UNION ALL SELECT * FROM (SELECT p.id, p.name_text AS sort_key  FROM products AS p FORCE INDEX (ix_products_category_name_text_id)  WHERE p.category = ?
ORDER BY p.name_text asc, p.id asc LIMIT ?) AS branch) AS branches
ORDER BY sort_key asc, id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.name_text asc, p.id asc;
-- 126 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   <derived3> | ALL | - | Using filesort
--   <derived4> | ALL | - | 
--   p | ref | ix_products_category_name_text_id | Using where; Using index
--   <derived6> | ALL | - | 
--   p | ref | ix_products_category_name_text_id | Using where; Using index

-- index-scan: sort=price&page=400
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_price_minor_id)
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 8064 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | index | ix_products_price_minor_id | Using index

-- index-scan: sort=price&minPrice=100&maxPrice=105
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_price_minor_id)  WHERE p.price_minor >= ?
AND p.price_minor <= ?
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 84 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | ix_products_price_minor_id | Using where; Using index

-- index-scan: sort=createdAt&search=product
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_created_at_ms_id)  WHERE p.search_text LIKE ?
ORDER BY p.created_at_ms desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.created_at_ms desc, p.id desc;
-- 84 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | index | ix_products_created_at_ms_id | Using where

-- search-index: sort=price&search=tomato
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 21 values)
AND p.search_text LIKE ?
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 105 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: search=tomato+nashik
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 21 values)
AND p.search_text LIKE ?
AND p.search_text LIKE ?
AND NOT (p.name_text LIKE ? AND p.name_text LIKE ?)
ORDER BY p.created_at_ms desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.created_at_ms desc, p.id desc;
-- 103 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: sort=name&search=to&page=5
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 76 values)
AND p.search_text LIKE ?
ORDER BY p.name_text asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.name_text asc, p.id asc;
-- 194 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: sort=createdAt&search=mango&minPrice=50&maxPrice=500
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 21 values)
AND p.price_minor >= ?
AND p.price_minor <= ?
AND p.search_text LIKE ?
ORDER BY p.created_at_ms desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.created_at_ms desc, p.id desc;
-- 105 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: sort=price&search=tomato&page=20
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 21 values)
AND p.search_text LIKE ?
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 105 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: inStock=false&sort=price&category=eggs
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (PRIMARY)  WHERE p.id IN (… 21 values)
AND p.category IN (?)
AND p.stock = 0
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 84 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort

-- search-index: sort=price&search=tomato&near=19.99,73.78&radiusKm=25
SELECT SUM(version) AS sum FROM search_block;
-- 0 examined
--   search_block | ALL | - | 
SELECT block, version FROM producer_block;
-- 0 examined
--   producer_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude, page.chordSquared
FROM (SELECT p.id , ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) AS chordSquared FROM products AS p FORCE INDEX (PRIMARY) STRAIGHT_JOIN producers AS f ON f.id = p.producer_id WHERE p.id IN (… 11 values)
AND f.cell_fine IN (… 18 values)
AND ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) <= CAST(? AS DOUBLE)
AND p.search_text LIKE ?
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 62 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | PRIMARY | Using where; Using filesort
--   f | eq_ref | PRIMARY | Using where

-- price-range: sort=createdAt&minPrice=1200
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_price_minor_id)  WHERE p.price_minor >= ?
ORDER BY p.created_at_ms desc, p.id desc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.created_at_ms desc, p.id desc;
-- 134 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | ix_products_price_minor_id | Using index condition; Using filesort

-- producers: sort=price&producerId=1
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude
FROM (SELECT p.id  FROM products AS p FORCE INDEX (ix_products_producer_id_id)  WHERE p.producer_id = ?
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 101 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | ref | ix_products_producer_id_id | Using where; Using filesort

-- producers: sort=price&near=19.99,73.78&radiusKm=5
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude, page.chordSquared
FROM (SELECT p.id , ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) AS chordSquared FROM producers AS f FORCE INDEX (ix_producers_cell_fine) STRAIGHT_JOIN products AS p FORCE INDEX (ix_products_producer_id_id) ON p.producer_id = f.id WHERE f.cell_fine IN (?, ?, ?, ?)
AND ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) <= CAST(? AS DOUBLE)
ORDER BY p.price_minor asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY p.price_minor asc, p.id asc;
-- 41 examined
--   <derived2> | ALL | - | Using temporary; Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   f | range | ix_producers_cell_fine | Using index condition; Using where; Using temporary; Using filesort
--   p | ref | ix_products_producer_id_id | 

-- nearest-first: sort=distance&near=19.99,73.78&radiusKm=200
SELECT block, version FROM producer_block;
-- 0 examined
--   producer_block | ALL | - | 
SELECT
p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
f.id AS producerId, f.name AS producerName, f.latitude, f.longitude, page.chordSquared
FROM (SELECT p.id , ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) AS chordSquared FROM products AS p FORCE INDEX (ix_products_producer_id_id) STRAIGHT_JOIN producers AS f ON f.id = p.producer_id WHERE p.producer_id IN (… 16 values)
AND f.cell_coarse IN (… 24 values)
AND ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) <= CAST(? AS DOUBLE)
ORDER BY ((f.x - CAST(? AS DOUBLE)) * (f.x - CAST(? AS DOUBLE)) + (f.y - CAST(? AS DOUBLE)) * (f.y - CAST(? AS DOUBLE)) + (f.z - CAST(? AS DOUBLE)) * (f.z - CAST(? AS DOUBLE))) asc, p.id asc LIMIT ? OFFSET ?) AS page
STRAIGHT_JOIN products AS p ON p.id = page.id
STRAIGHT_JOIN producers AS f ON f.id = p.producer_id
ORDER BY page.chordSquared asc, p.id asc;
-- 972 examined
--   <derived2> | ALL | - | Using filesort
--   p | eq_ref | PRIMARY | 
--   f | eq_ref | PRIMARY | 
--   p | range | ix_products_producer_id_id | Using where; Using index; Using temporary; Using filesort
--   f | eq_ref | PRIMARY | Using where
