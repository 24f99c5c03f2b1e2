{{ config(materialized='view') }}

{{ gate_records('all') }}
