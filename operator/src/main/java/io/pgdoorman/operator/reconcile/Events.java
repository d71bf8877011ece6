package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.status.Happening;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells what happened as Kubernetes Events. An Event that cannot be written changes nothing else.
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);
    private static final DateTimeFormatter MICRO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final int LONGEST_NOTE = 1024;

    private final KubernetesClient client;
    private final Clock clock;
    private final String instance;

    Events(KubernetesClient client, Clock clock, String instance) {
        this.client = client;
        this.clock = clock;
        this.instance = instance;
    }

    void tell(CustomResource<?, ?> about, Happening happening) {
        var meta = about.getMetadata();
        var note = happening.note();
        var word = about instanceof DoormanPool ? "pool" : "claim";
        var event = new EventBuilder()
                .withNewMetadata()
                .withGenerateName(meta.getName() + "-")
                .withNamespace(meta.getNamespace())
                .endMetadata()
                .withEventTime(new MicroTime(MICRO.format(clock.instant())))
                .withReportingController("pgdoorman.io/operator")
                .withReportingInstance(instance)
                .withType(happening.isWarning() ? "Warning" : "Normal")
                .withReason(happening.reason())
                .withAction(happening.action())
                .withNote(note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE))
                .withNewRegarding()
                .withApiVersion(DoormanPool.GROUP + "/" + DoormanPool.VERSION)
                .withKind(about.getKind())
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .withUid(meta.getUid())
                .endRegarding()
                .build();
        try {
            client.events().v1().events().resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.atWarn()
                    .addKeyValue(word, meta.getNamespace() + "/" + meta.getName())
                    .addKeyValue("reason", happening.reason())
                    .setCause(e)
                    .log("event could not be written");
        }
        LOG.atInfo()
                .addKeyValue(word, meta.getNamespace() + "/" + meta.getName())
                .addKeyValue("reason", happening.reason())
                .addKeyValue("note", note)
                .log("event");
    }
}
