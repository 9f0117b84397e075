-- The last file: gives each table its policy and each function its owner (stages.sql).

select pickup.bind_to_stages();
