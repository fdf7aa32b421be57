using System.Buffers;
using System.Runtime.InteropServices;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Exo.Grains.Wire;

/// <summary>
/// Writes a step as one length-prefixed field: number, head, hidden states. Generic codecs go element by element; this one copies two spans.
/// The bytes are little-endian, as every machine that Exo runs on is.
/// </summary>
[RegisterSerializer]
internal sealed class StepFrameCodec : IFieldCodec<StepFrame>
{
    /// <summary>What a step may take: a chunk of prefill is about 1 MiB.</summary>
    private const int LargestPart = 64 << 20;

    private const int PrefixSize = sizeof(long) + 2 * sizeof(int);

    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, StepFrame? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value) || value is null) return;
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(StepFrame), WireType.LengthPrefixed);
        var hidden = MemoryMarshal.AsBytes(value.Hidden.Span);
        writer.WriteVarUInt32((uint)(PrefixSize + value.Head.Length + hidden.Length));
        writer.WriteInt64(value.Step);
        writer.WriteInt32(value.Head.Length);
        writer.WriteInt32(value.Hidden.Length);
        writer.Write(value.Head);
        writer.Write(hidden);
    }

    public StepFrame ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference) return ReferenceCodec.ReadReference<StepFrame, TInput>(ref reader, field)!;
        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        var step = reader.ReadInt64();
        var headLength = reader.ReadInt32();
        var hiddenLength = reader.ReadInt32();
        if (headLength is < 0 or > LargestPart || hiddenLength is < 0 or > LargestPart / sizeof(float) || length != PrefixSize + (long)headLength + (long)hiddenLength * sizeof(float))
            throw new InvalidDataException($"A step's frame says {headLength} bytes of head and {hiddenLength} hidden values in {length} bytes.");

        var head = GC.AllocateUninitializedArray<byte>(headLength);
        reader.ReadBytes(head);
        var hidden = hiddenLength == 0 ? [] : GC.AllocateUninitializedArray<float>(hiddenLength);
        reader.ReadBytes(MemoryMarshal.AsBytes(hidden.AsSpan()));
        var frame = new StepFrame { Step = step, Head = head, Hidden = hidden };
        ReferenceCodec.RecordObject(reader.Session, frame);
        return frame;
    }
}

/// <summary>A frame is never changed after it was made, so that a call within a silo hands it over as it is.</summary>
[RegisterCopier]
internal sealed class StepFrameCopier : IDeepCopier<StepFrame>, IOptionalDeepCopier
{
    public bool IsShallowCopyable() => true;

    public StepFrame? DeepCopy(StepFrame? input, CopyContext context) => input;
}
