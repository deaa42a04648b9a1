SELECT DISTINCT first_name, last_name, age, date_joined
FROM raw.user
ORDER BY date_joined DESC, last_name, first_name
LIMIT 10;
