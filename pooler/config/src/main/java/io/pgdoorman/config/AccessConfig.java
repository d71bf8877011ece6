package io.pgdoorman.config;

/// Who may come in: the admin's login and the HBA rules.
public record AccessConfig(String adminUsername, Secret adminPassword, HbaSource hba) {}
