package io.pgdoorman.operator.app;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.plan.Planner;
import io.pgdoorman.operator.podlink.HttpPodLink;
import io.pgdoorman.operator.reconcile.AccessReconciler;
import io.pgdoorman.operator.reconcile.Meters;
import io.pgdoorman.operator.reconcile.PoolReconciler;
import io.pgdoorman.operator.reconcile.Trimmed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator put together.
public final class RunningOperator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunningOperator.class);

    /// An exception schedules nothing but a retry, so there must always be a next one.
    private static final long LONGEST_RETRY_MILLIS = 60_000;

    private static final int THREADS = 16;
    private static final Duration FAILSAFE = Duration.ofMinutes(3);

    private final Settings settings;
    private final KubernetesClient client;
    private final Operator operator;
    private final HealthServer health;
    private final Leadership leadership;
    private volatile boolean isClosing;
    private volatile @Nullable Election election;

    RunningOperator(Settings settings) throws IOException {
        this.settings = settings;
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        this.client = client(registry);
        this.leadership = Leadership.of(client, settings, instance(), this::stoppedLeading);
        this.operator = new Operator(this::configure);
        var meters = new Meters(registry);
        var pools = new PoolReconciler(
                client,
                new HttpPodLink(leadership),
                new PoolReconciler.Settings(
                        new Planner.Defaults(settings.poolerImage(), settings.leaseNamespace()),
                        instance(),
                        settings.namespaces().isEmpty(),
                        leadership::doubted),
                meters,
                Clock.systemUTC());
        var claims = new AccessReconciler(client, instance(), meters, Clock.systemUTC(), settings.namespaces());
        this.operator.register(pools, configured("doormanpool"));
        this.operator.register(claims, configured("doormandatabaseaccess"));
        this.health = new HealthServer(settings.httpPort(), this::isHealthy, registry);
    }

    /// Passes over fields that it does not know: an older operator must read what a newer CRD let in, since one
    /// object that cannot be read ends the watch of all.
    private static KubernetesClient client(MeterRegistry registry) {
        var json = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        return new KubernetesClientBuilder()
                .withKubernetesSerialization(new KubernetesSerialization(json, true))
                .withHttpClientBuilderConsumer(
                        http -> http.addOrReplaceInterceptor("requests", new RequestCount(registry)))
                .build();
    }

    private void configure(ConfigurationServiceOverrider configuration) {
        configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withConcurrentReconciliationThreads(THREADS)
                .checkingCRDAndValidateLocalModel(false);
    }

    /// Who won works, and meanwhile the Lease has to be renewed.
    private void startLeading() {
        leadership.began();
        Thread.ofPlatform().name("leader").start(() -> orEnd(operator::start));
    }

    /// Who lost the Lease must not act any more: the process ends at once, and its successor is started afresh.
    private void stoppedLeading() {
        if (!isClosing) {
            LOG.atError().addKeyValue("reason", "lease lost").log("operator ends");
            Runtime.getRuntime().halt(1);
        }
    }

    private <P extends HasMetadata> Consumer<ControllerConfigurationOverrider<P>> configured(String name) {
        return controller -> {
            controller
                    .withName(name)
                    .withFieldManager(Names.FIELD_MANAGER)
                    .withItemStore(Trimmed.store())
                    .withGenerationAware(false)
                    .withOnUpdateFilter(RunningOperator::isForUs)
                    .withReconciliationMaxInterval(FAILSAFE)
                    .withRetry(new GenericRetry()
                            .withoutMaxAttempts()
                            .setInitialInterval(Duration.ofSeconds(1))
                            .setIntervalMultiplier(2)
                            .setMaxInterval(LONGEST_RETRY_MILLIS));
            if (settings.namespaces().isEmpty()) {
                controller.watchingAllNamespaces();
            } else {
                controller.settingNamespaces(settings.namespaces());
            }
        };
    }

    /// Annotations count (approval, pause); what we write into a status does not.
    private static boolean isForUs(HasMetadata now, HasMetadata before) {
        var newer = now.getMetadata();
        var older = before.getMetadata();
        return !Objects.equals(newer.getGeneration(), older.getGeneration())
                || !Objects.equals(newer.getAnnotations(), older.getAnnotations())
                || !Objects.equals(newer.getDeletionTimestamp(), older.getDeletionTimestamp());
    }

    private static String instance() {
        try {
            return InetAddress.getLocalHost().getHostName() + "-"
                    + ProcessHandle.current().pid();
        } catch (UnknownHostException _) {
            return "operator-" + ProcessHandle.current().pid();
        }
    }

    private boolean isHealthy() {
        var runtime = operator.getRuntimeInfo();
        return !runtime.isStarted() || runtime.allEventSourcesAreHealthy();
    }

    /// One that could not start would look healthy and do nothing for ever, while the next may find the API server in a
    /// better mood. Leaves in the way of [#stoppedLeading].
    private static void orEnd(Runnable start) {
        try {
            start.run();
        } catch (OperatorException | KubernetesClientException e) {
            LOG.atError().setCause(e).log("operator ends, as it could not start");
            Runtime.getRuntime().halt(1);
        }
    }

    /// Starts, or ends the process. With leader election it works from the moment it holds the Lease.
    void startOrEnd() throws InterruptedException {
        health.start();
        LOG.atInfo()
                .addKeyValue("namespaces", settings.namespaces().isEmpty() ? "all" : settings.namespaces())
                .addKeyValue("port", health.port())
                .log("operator starts");
        ApiServer.await(client.getConfiguration(), Thread::sleep);
        orEnd(() -> {
            if (settings.lease() == null) {
                operator.start();
            } else {
                election = Election.join(client, settings, instance(), this::startLeading, this::stoppedLeading);
            }
        });
    }

    @Override
    public void close() {
        isClosing = true;
        LOG.atInfo().log("operator stops");
        operator.stop();
        if (election != null) {
            election.close();
        }
        health.close();
        client.close();
    }
}
