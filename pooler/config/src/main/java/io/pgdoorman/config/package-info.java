/// The records of the pooler's configuration file, shared by pooler and operator.
@NullMarked
package io.pgdoorman.config;

import org.jspecify.annotations.NullMarked;
