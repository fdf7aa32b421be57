using Exo.Grains.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;

namespace Exo.Grains.Tests.Models;

/// <summary>What a grain keeps, with a storage that comes and goes.</summary>
public sealed class RecordStoreTests
{
    private readonly FlakyStorage _storage = new();

    [Fact]
    public async Task Set_WhileTheStorageIsAway_IsWrittenLater()
    {
        var store = Store();
        await store.ReadAsync();
        _storage.IsAway = true;

        store.Set(new ModelRecord { Epoch = 7 });
        await store.FlushAsync();
        Assert.Equal(7, store.Record.Epoch); // The grain goes on with it.
        Assert.Null(_storage.Stored);

        _storage.IsAway = false;
        await store.FlushAsync();
        Assert.Equal(7, _storage.Stored!.Epoch);
    }

    [Fact]
    public async Task Read_WhileTheStorageIsAway_SaysThatNothingIsKnown()
    {
        _storage.Stored = new ModelRecord { Epoch = 7 };
        _storage.IsAway = true;

        Assert.False(await Store().ReadAsync());

        _storage.IsAway = false;
        var store = Store();
        Assert.True(await store.ReadAsync());
        Assert.Equal(7, store.Record.Epoch);
    }

    [Fact]
    public async Task Write_AfterAnotherActivationWrote_GoesThrough_AndKeepsTheHigherEpoch()
    {
        var (mine, others) = (Store(), Store());
        await mine.ReadAsync();
        await others.ReadAsync();
        others.Set(new ModelRecord { Epoch = 9 });
        await others.FlushAsync();

        mine.Set(new ModelRecord { Epoch = 5, Goal = ModelGoal.Deployed });
        await mine.FlushAsync();

        Assert.Equal((9, ModelGoal.Deployed), (_storage.Stored!.Epoch, _storage.Stored.Goal));
    }

    private RecordStore Store() => new(_storage, GrainId.Create("model", "m"), NullLogger.Instance);

    private sealed class FlakyStorage : IGrainStorage
    {
        private int _version;

        public bool IsAway { get; set; }

        public ModelRecord? Stored { get; set; }

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Check();
            grainState.RecordExists = Stored is not null;
            if (Stored is not null) grainState.State = (T)(object)Stored;
            grainState.ETag = Stored is null ? null : $"{_version}";
            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Check();
            if (Stored is not null && grainState.ETag != $"{_version}") throw new InconsistentStateException("written meanwhile");
            Stored = (ModelRecord)(object)grainState.State!;
            grainState.ETag = $"{++_version}";
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        private void Check()
        {
            if (IsAway) throw new IOException("the storage is away");
        }
    }
}
