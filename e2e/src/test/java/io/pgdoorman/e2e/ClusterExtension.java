package io.pgdoorman.e2e;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/// Brings the cluster up before the first test, gives each test class a [Tenant], keeps evidence of failures, and takes
/// all away at the end.
final class ClusterExtension
        implements ParameterResolver,
                BeforeTestExecutionCallback,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {

    private static final Namespace STORE = Namespace.create(ClusterExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        var type = parameter.getParameter().getType();
        return type == Tenant.class || type == Kubectl.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var cluster = cluster(context);
        if (parameter.getParameter().getType() == Kubectl.class) {
            return cluster.kubectl();
        }
        var name = "doorman-"
                + context.getRequiredTestClass()
                        .getSimpleName()
                        .replace("E2E", "")
                        .toLowerCase(Locale.ROOT);
        return classStore(context)
                .getOrComputeIfAbsent(Tenant.class, _ -> createTenant(context, cluster.kubectl(), name), Tenant.class);
    }

    private static Tenant createTenant(ExtensionContext context, Kubectl kubectl, String name) {
        try {
            return Tenant.create(kubectl, name);
        } catch (RuntimeException | AssertionError e) {
            keepEvidence(context, e);
            throw e;
        }
    }

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        Progress.say("-- " + context.getRequiredTestClass().getSimpleName() + "." + context.getDisplayName());
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        keepEvidence(context, failure);
        throw failure;
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        keepEvidence(context, failure);
        throw failure;
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        keepEvidence(context, failure);
        throw failure;
    }

    private static void keepEvidence(ExtensionContext context, Throwable failure) {
        Progress.say("FAILED " + context.getDisplayName() + ": " + failure.getMessage());
        var test = context.getTestMethod().map(method -> "." + method.getName()).orElse("");
        new Evidence(cluster(context).kubectl())
                .keep(context.getRequiredTestClass().getSimpleName() + test);
    }

    /// The cluster, brought up by the first test class; if that fails, all others fail for the same reason at once.
    private static Cluster cluster(ExtensionContext context) {
        return context.getRoot()
                .getStore(STORE)
                .getOrComputeIfAbsent(Attempt.class, _ -> Attempt.toBringUp(), Attempt.class)
                .cluster();
    }

    /// What came of the one attempt to bring a cluster up. The store closes it when all tests are over.
    private record Attempt(
            @Nullable Cluster success, @Nullable Throwable failure) implements AutoCloseable {

        static Attempt toBringUp() {
            try {
                return new Attempt(Cluster.bringUp(), null);
            } catch (RuntimeException | AssertionError e) {
                return new Attempt(null, e);
            }
        }

        Cluster cluster() {
            if (success == null) {
                throw new AssertionError("there is no cluster: " + failure, failure);
            }
            return success;
        }

        @Override
        public void close() {
            if (success != null) {
                success.close();
            }
        }
    }

    private static ExtensionContext.Store classStore(ExtensionContext context) {
        var owner = context;
        while (owner.getTestMethod().isPresent()) {
            owner = owner.getParent().orElseThrow();
        }
        return owner.getStore(STORE);
    }
}
