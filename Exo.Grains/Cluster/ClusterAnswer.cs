using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Exo.Api;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>
/// One answer, whatever is lost meanwhile: it is read from a deployment's driver, and when that breaks off, asked again of the next deployment with
/// the tokens that are known. Request and tokens are held here, on the silo that the person is connected to.
/// </summary>
internal sealed partial class ClusterAnswer(
    IGrainFactory grains, Deployments deployments, IClusterMembershipService membership, SiloAddress self, TimeProvider time, ILogger logger)
{
    /// <summary>How long an answer may stand still over losses before its reader is told: deployments are remade meanwhile, and weights may have to be fetched.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async IAsyncEnumerable<AnswerEvent> ReadAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        request = WithSeed(request);
        var json = JsonSerializer.Serialize(request, ExoJson.Default.AnswerRequest);
        var soFar = new AnswerSoFar();
        var clock = new AnswerClock(time);
        int? context = null;
        while (true)
        {
            var deployment = await deployments.ReadyAsync(request.Model, Options(request), cancellationToken);
            var driver = grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());
            soFar.BeginRun();
            Exception? loss = null;
            await using var parts = Read(deployment.Driver, driver.AnswerAsync(new AnswerCall(json, [.. soFar.Tokens], self, context), cancellationToken), cancellationToken);
            while (true)
            {
                AnswerEvent? part = null;
                try
                {
                    if (parts is null) throw new ShardLostException($"Node '{deployment.Driver}' has left the cluster.");
                    if (await parts.NextAsync() is not { } next) break;
                    part = soFar.Take(JsonSerializer.Deserialize(next.EventJson, ExoJson.Default.AnswerEvent)!);
                }
                catch (Exception failure) when (IsLoss(failure, cancellationToken))
                {
                    loss = failure;
                    break;
                }
                catch (ModelRefusedException refused)
                {
                    throw new ExoException(refused.Kind, refused.Message, refused);
                }

                if (part is null) continue;
                context ??= deployment.ContextLength;
                yield return clock.Stamp(part);
            }

            if (soFar.HasEnded) yield break;
            cancellationToken.ThrowIfCancellationRequested();
            if (clock.StandsStill > Patience)
                throw new ExoException(ExoErrorKind.Unavailable, $"the answer broke off and could not be taken up again for {Patience.TotalMinutes:0} minutes: {loss?.Message ?? "its machine fell silent"}", loss);
            LogResumes(loss, request.Model, deployment.Epoch, soFar.Tokens.Count);
            clock.Resumes();
            var looked = await deployments.ReportLossAsync(request.Model, deployment.Epoch, loss?.Message ?? "its machine fell silent", cancellationToken);

            // Where the model's grain found nothing wrong, the way there was: the same deployment is asked again, after a moment.
            if (looked is { Phase: ModelPhase.Ready, Deployment: { } found } && found.Epoch == deployment.Epoch) await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Null where the driver's node is not in the cluster.</summary>
    private DriverStream? Read(string driver, IAsyncEnumerable<AnswerPart> parts, CancellationToken cancellationToken) =>
        membership.SiloOf(driver) is { } silo ? new DriverStream(parts, driver, silo, membership, cancellationToken) : null;

    /// <summary>The seed is drawn here, once: a run that takes over must pick the same tokens.</summary>
    private static AnswerRequest WithSeed(AnswerRequest request) =>
        request.Sampling.Seed is not null ? request : request with { Sampling = request.Sampling with { Seed = (ulong)Random.Shared.NextInt64(1L << 32) } };

    private static DeployOptions Options(AnswerRequest request) =>
        new() { ContextLength = request.ContextLength, Threads = request.Threads, Quantization = request.Quantization };

    /// <summary>What says that a machine is gone or a deployment over. Everything that Orleans itself throws is about the way there, never about the request.</summary>
    private static bool IsLoss(Exception failure, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && failure is ShardLostException or OrleansException or TimeoutException or EnumerationAbortedException or OperationCanceledException or IOException;

    [LoggerMessage(Level = LogLevel.Information, Message = "An answer of {Model} lost epoch {Epoch} after {Tokens} tokens and goes on elsewhere")]
    private partial void LogResumes(Exception? loss, string model, long epoch, int tokens);
}

/// <summary>Times an answer over all its runs: each run alone knows only its own part.</summary>
internal sealed class AnswerClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long? _firstToken;
    private long _lastProgress = time.GetTimestamp();
    private bool _resumed;

    /// <summary>Since something came last.</summary>
    public TimeSpan StandsStill => time.GetElapsedTime(_lastProgress);

    public void Resumes() => _resumed = true;

    /// <summary>Notes that a part came; the last one's times are made those of the whole where a run took over.</summary>
    public AnswerEvent Stamp(AnswerEvent part)
    {
        var now = _lastProgress = time.GetTimestamp();
        if (part.Tokens.Count > 0) _firstToken ??= now;
        if (!_resumed || part.Usage is not { } usage) return part;
        var first = _firstToken ?? now;
        return part with
        {
            Usage = usage with { PrefillSeconds = time.GetElapsedTime(_started, first).TotalSeconds, DecodeSeconds = time.GetElapsedTime(first, now).TotalSeconds },
        };
    }
}
