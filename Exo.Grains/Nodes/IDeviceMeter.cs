namespace Exo.Grains.Nodes;

/// <summary>Knows one device of this machine: its memory and its speeds.</summary>
public interface IDeviceMeter
{
    /// <summary>"cpu", "cuda:0", …: the backend's device.</summary>
    string Device { get; }

    /// <summary>Measures the device, or knows what was measured not long ago; takes a fraction of a second of it. Asked once in a process.</summary>
    Task<DeviceFacts> MeasureAsync();

    /// <summary>Bytes of its memory that are free now, whoever uses the rest. Cheap.</summary>
    long FreeByteCount();

    /// <summary>What nodes of this machine take from together; null where each has the device to itself. Cheap.</summary>
    MachineMemory? Shared();
}
