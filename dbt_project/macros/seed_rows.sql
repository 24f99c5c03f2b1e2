{# How a test names a row of a seed: its file and key. Before dbt starts the same tests are run on
   the files themselves, where a row's line is told, too (wellheard.seeds.rules). #}
{% macro seed_row(seed, key, table=none) -%}
    'seeds/{{ seed }}.csv: ' || concat_ws('/', {{ key }})
{%- endmacro %}
