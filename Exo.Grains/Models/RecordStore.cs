using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;

namespace Exo.Grains.Models;

/// <summary>
/// Keeps a grain's record as far as the storage lets: a storage that is away for a while stops nothing. What could not be written is written with the
/// next change or the next <see cref="FlushAsync"/>. Used on one grain's scheduler.
/// </summary>
internal sealed partial class RecordStore(IGrainStorage storage, GrainId grain, ILogger logger)
{
    private const string StateName = "model";

    private readonly GrainState<ModelRecord> _state = new(new ModelRecord());
    private Task _writing = Task.CompletedTask;
    private bool _isDirty;

    public ModelRecord Record => _state.State!;

    /// <summary>False where nothing is stored, or the storage can't be reached.</summary>
    public async Task<bool> ReadAsync()
    {
        try
        {
            await storage.ReadStateAsync(StateName, grain, _state);
            if (!_state.RecordExists || _state.State is null) _state.State = new ModelRecord();
            return _state.RecordExists;
        }
        catch (Exception failure)
        {
            LogUnreadable(failure, grain);
            _state.State = new ModelRecord();
            return false;
        }
    }

    /// <summary>Takes a new record; it is written in the background.</summary>
    public void Set(ModelRecord record)
    {
        _state.State = record;
        _isDirty = true;
        _ = FlushAsync();
    }

    /// <summary>Writes what is not written yet.</summary>
    public Task FlushAsync() => _writing.IsCompleted ? _writing = WriteAsync() : _writing;

    private async Task WriteAsync()
    {
        while (_isDirty)
        {
            _isDirty = false;
            try
            {
                await storage.WriteStateAsync(StateName, grain, _state);
            }
            catch (InconsistentStateException)
            {
                // Another activation wrote meanwhile, as happens while a silo dies. This one goes on: epochs tell whose deployment counts.
                var mine = Record;
                _isDirty = true;
                var isThere = await ReadAsync();
                _state.State = mine with { Epoch = Math.Max(mine.Epoch, Record.Epoch) };
                if (!isThere) return;
            }
            catch (Exception failure)
            {
                LogUnwritten(failure, grain);
                _isDirty = true;
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The state of {Grain} can't be read; the nodes are asked instead")]
    private partial void LogUnreadable(Exception failure, GrainId grain);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The state of {Grain} can't be written now; it is tried again later")]
    private partial void LogUnwritten(Exception failure, GrainId grain);
}
