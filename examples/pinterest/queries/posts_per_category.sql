SELECT category, count(*) AS posts
FROM raw.pin
GROUP BY category
ORDER BY posts DESC, category
LIMIT 10;
