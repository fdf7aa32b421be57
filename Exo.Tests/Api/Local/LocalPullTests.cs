using Exo.Api;
using Exo.Api.Local;
using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Api.Local;

/// <summary>The service's pulls, from a hub in this process into a store in a temporary folder.</summary>
public sealed class LocalPullTests
{
    private const string Repo = HubServerFixture.Repo;

    [Fact]
    public async Task Pull_FromPlanToRemoval_KeepsItsWord()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var room = new HubRoom(hub);
        await using var service = Service(room);

        var plan = await service.PlanPullAsync(new PullRequest { Model = Repo }, TestContext.Current.CancellationToken);
        Assert.Contains(plan.Files, file => file is { Path: "model.safetensors", ByteCount: 300_000, PresentByteCount: 0 });

        var last = await LastAsync(service.PullAsync(new PullRequest { Model = Repo }, TestContext.Current.CancellationToken));
        Assert.Equal(PullPhase.Done, last.Phase);
        Assert.Equal(last.ByteCount, last.DoneByteCount);
        Assert.Equal(plan.ByteCount, last.ByteCount);

        var stored = Assert.Single(await service.ListAsync(TestContext.Current.CancellationToken));
        Assert.Equal((Repo, StoredModelKind.Pulled, true, plan.Commit, plan.Destination), (stored.Name, stored.Kind, stored.Complete, stored.Revision, stored.Path));

        var verified = await LastAsync(service.VerifyAsync(Repo, TestContext.Current.CancellationToken));
        Assert.True(verified.Done);
        Assert.All(verified.Files, file => Assert.Null(file.Problem));

        Assert.True((await service.RemoveAsync(Repo, TestContext.Current.CancellationToken)).FreedByteCount >= 300_000);
        Assert.Empty(await service.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Verify_SpoiledFile_IsNamed()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var room = new HubRoom(hub);
        await using var service = Service(room);
        await LastAsync(service.PullAsync(new PullRequest { Model = Repo }, TestContext.Current.CancellationToken));
        var stored = Assert.Single(await service.ListAsync(TestContext.Current.CancellationToken));
        await using (var file = new FileStream(Path.Combine(stored.Path, "model.safetensors"), FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 1234;
            var before = file.ReadByte();
            file.Position = 1234;
            file.WriteByte((byte)~before);
        }

        var verified = await LastAsync(service.VerifyAsync(Repo, TestContext.Current.CancellationToken));

        Assert.Equal(["model.safetensors"], verified.Files.Where(file => file.Problem is not null).Select(file => file.Path));
        await foreach (var progress in service.VerifyAsync(Repo, TestContext.Current.CancellationToken)) Assert.Equal(verified.ByteCount, progress.ByteCount); // Now it counts as incomplete.
    }

    [Fact]
    public async Task Pull_Cancelled_GoesOnFromWhereItWas()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 400_000 });
        hub.Add(Repo, HubServerFixture.Large(2_000_000), HubServerFixture.Text("config.json"));
        using var room = new HubRoom(hub, options => options with { MaxConnections = 2 });
        using var stop = new CancellationTokenSource();
        var reached = 0L;

        await using (var service = Service(room))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var progress in service.PullAsync(new PullRequest { Model = Repo }, stop.Token))
                {
                    reached = progress.DoneByteCount;
                    if (reached > 300_000) await stop.CancelAsync();
                }
            });
        }
        await using var next = Service(room);
        var plan = await next.PlanPullAsync(new PullRequest { Model = Repo }, TestContext.Current.CancellationToken);

        Assert.InRange(plan.PresentByteCount, Math.Min(reached, 1), plan.ByteCount - 1);
        var resolved = await Assert.ThrowsAsync<ExoException>(() => next.ShowAsync(Repo, TestContext.Current.CancellationToken));
        Assert.Equal(ExoErrorKind.ModelNotPulled, resolved.Kind);
        Assert.Equal(PullPhase.Done, (await LastAsync(next.PullAsync(new PullRequest { Model = Repo, Connections = 8 }, TestContext.Current.CancellationToken))).Phase);
    }

    [Theory]
    [InlineData("org/missing", ExoErrorKind.ModelNotFound)]
    [InlineData("org/model@v9", ExoErrorKind.ModelNotFound)]
    [InlineData("org/gated", ExoErrorKind.Forbidden)]
    [InlineData("./folder", ExoErrorKind.BadRequest)]
    public async Task Plan_WhatCannotBeHad_SaysWhy(string model, ExoErrorKind expected)
    {
        await using var hub = await HubServerFixture.StartAsync();
        hub.Add("org/gated", HubServerFixture.Large()).Gated = "manual";
        using var room = new HubRoom(hub);
        await using var service = Service(room);

        var failure = await Assert.ThrowsAsync<ExoException>(() => LastAsync(service.PullAsync(new PullRequest { Model = model }, TestContext.Current.CancellationToken)));

        Assert.Equal(expected, failure.Kind);
        Assert.Contains(model.Split('@')[0].TrimStart('.', '/'), failure.Message);
    }

    [Fact]
    public async Task Plan_HubOutOfReach_SaysSo()
    {
        using var room = new HubRoom("http://127.0.0.1:9", options => options with { MaxAttempts = 1 });
        await using var service = Service(room);

        var failure = await Assert.ThrowsAsync<ExoException>(() => service.PlanPullAsync(new PullRequest { Model = Repo }, TestContext.Current.CancellationToken));

        Assert.Equal(ExoErrorKind.Unavailable, failure.Kind);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public async Task Control_PausesTheRunningPull_AndHasItGoOn(int? connections)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 400_000 });
        hub.Add(Repo, HubServerFixture.Large(1_000_000));
        using var room = new HubRoom(hub, options => options with { MaxConnections = 2 });
        await using var service = Service(room);
        await using var pull = service.PullAsync(new PullRequest { Model = Repo, Connections = connections, Priority = 5 }, Cancelled).GetAsyncEnumerator(Cancelled);
        await UntilAsync(pull, now => now.DoneByteCount > 0);

        Assert.Equal(PullPhase.Paused, (await service.ControlPullAsync(new PullControl { Model = Repo, Paused = true }, Cancelled)).Phase);
        var paused = await UntilAsync(pull, now => now.Phase == PullPhase.Paused);
        Assert.Equal((0, null), (paused.BytesPerSecond, paused.SecondsLeft));
        Assert.Equal(PullPhase.Paused, Assert.Single((await service.GetStateAsync(Cancelled)).Pulls).Phase);
        var asked = hub.Ledger.Requests.Count;
        for (var i = 0; i < 3; i++) Assert.True(await pull.MoveNextAsync()); // Once a second: nothing is asked for.
        Assert.Equal((asked, PullPhase.Paused), (hub.Ledger.Requests.Count, pull.Current.Phase));

        Assert.NotEqual(PullPhase.Paused, (await service.ControlPullAsync(new PullControl { Model = Repo, Paused = false }, Cancelled)).Phase);
        Assert.Equal(PullPhase.Done, (await UntilAsync(pull, now => now.Phase == PullPhase.Done)).Phase);
    }

    [Fact]
    public async Task Control_WhereNothingIsPulled_SaysWhatToDo()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var room = new HubRoom(hub);
        await using var service = Service(room);

        var refused = await Assert.ThrowsAsync<ExoException>(() => service.ControlPullAsync(new PullControl { Model = Repo, Paused = true }, Cancelled));

        Assert.Equal(ExoErrorKind.ModelNotFound, refused.Kind);
        Assert.Contains($"'exo pull {Repo}'", refused.Message);
    }

    [Fact]
    public async Task Pull_RightAfterItsPlan_DoesNotAskTheHubAgain_AndSeesWhatHasChangedHere()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var room = new HubRoom(hub);
        await using var service = Service(room);
        var request = new PullRequest { Model = Repo };
        await service.PlanPullAsync(request, Cancelled);
        await LastAsync(service.PullAsync(request, Cancelled));
        var questions = Questions(hub);

        await service.PlanPullAsync(request, Cancelled);
        await service.RemoveAsync(Repo, Cancelled); // Behind the plan's back.
        Assert.Equal(PullPhase.Done, (await LastAsync(service.PullAsync(request, Cancelled))).Phase);
        Assert.Equal(2 * questions, Questions(hub));
        Assert.True(Assert.Single(await service.ListAsync(Cancelled)).Complete);

        await LastAsync(service.PullAsync(request, Cancelled)); // Each plan serves once.
        Assert.Equal(3 * questions, Questions(hub));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Requests for the model's facts and list.</summary>
    private static int Questions(HubServer hub) => hub.Ledger.Requests.Count(request => request.Target.Contains("/api/models/", StringComparison.Ordinal));

    private static async Task<PullProgress> UntilAsync(IAsyncEnumerator<PullProgress> pull, Func<PullProgress, bool> isSo)
    {
        while (await pull.MoveNextAsync())
            if (isSo(pull.Current)) return pull.Current;
        throw new InvalidOperationException("The pull ended before that.");
    }

    private static LocalExoService Service(HubRoom room) => new(Path.Combine(room.Folder, "samples"), room.Options);

    private static async Task<T> LastAsync<T>(IAsyncEnumerable<T> items)
    {
        var last = default(T);
        await foreach (var item in items) last = item;
        return last!;
    }
}
