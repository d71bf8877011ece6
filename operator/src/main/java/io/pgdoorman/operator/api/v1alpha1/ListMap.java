package io.pgdoorman.operator.api.v1alpha1;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a list whose items are told apart by one field, so that server-side apply merges item by item.
///
/// It becomes `x-kubernetes-list-type: map` in the CRD (fabric8 has no annotation for that).
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ListMap {
    String value();
}
