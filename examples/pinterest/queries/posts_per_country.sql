SELECT country, count(*) AS posts
FROM raw.geo
GROUP BY country
ORDER BY posts DESC, country
LIMIT 10;
