using System.Text;
using Exo.Engine;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Tests.Engine.Weights;

/// <summary>Every way in which a header can lie, and what is said of it.</summary>
public sealed class SafetensorsHeaderTests
{
    private const string File = "model.safetensors";

    /// <summary>header, bytes of data, tensor named by the error (or null), a word of the message</summary>
    public static TheoryData<string, int, string?, string> Lies => new()
    {
        // JSON
        { """[]""", 0, null, "no JSON object" },
        { """{"a":""", 0, "a", "" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x""", 4, null, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}{}""", 4, null, "not valid JSON" },
        { """{"a":7}""", 0, "a", "no object" },
        { """{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "a", "whole numbers" },
        { "{\"a\\ud800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, null, "not valid JSON" },
        { "{\"a\":" + new string('[', 5000), 0, "a", "" },
        // metadata
        { """{"__metadata__":[]}""", 0, "__metadata__", "no object" },
        { """{"__metadata__":{"format":1}}""", 0, "__metadata__", "text" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", "twice" },
        // entries
        { """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "lacks" },
        { """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "a", "lacks" },
        { """{"a":{"dtype":"F32","shape":[1]}}""", 4, "a", "lacks" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "twice" },
        { """{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", 4, "a", "twice" },
        { """{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "dtype" },
        { """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "F33" },
        { """{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "f32" },
        { """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "a", "shape" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "a", "shape" },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "a", "shape" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "a", "shape" },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "a", "shape" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "a", "data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}""", 4, "a", "data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "a", "data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "a", "data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":{"0":4}}}""", 4, "a", "data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "twice" },
        // sizes
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "a", "fill" },
        { """{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "fill" },
        { """{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "a", "fill" },
        { """{"a":{"dtype":"F32","shape":[2147483648],"data_offsets":[0,4]}}""", 4, "a", "2147483648" },
        { """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", 4, "a", "overflow" },
        { """{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0, "a", "overflow" },
        { """{"a":{"dtype":"F32","shape":[65536,65536,65536,8192],"data_offsets":[0,0]}}""", 0, "a", "fill" },
        { """{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 0, "a", "overflow" },
        // places
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "hole" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "b", "hole" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "b", "overlaps" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "b", "overlaps" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "a", "cut short" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0, "a", "cut short" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, null, "end at byte" },
        { """{}""", 1, null, "end at byte" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Parse_Lie_NamesFileAndTensor(string header, int dataByteCount, string? tensor, string word)
    {
        var json = Encoding.UTF8.GetBytes(header);

        var problem = Assert.Throws<InvalidModelException>(() => SafetensorsHeader.Parse(File, json, 8 + json.Length + dataByteCount));

        Assert.Equal(File, problem.File);
        Assert.Equal(tensor, problem.Part);
        Assert.Contains(word, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public void Parse_HeaderThatIsNotUtf8_SaysSo()
    {
        byte[] json = [.. "{\"a"u8, 0xFF, .. "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"u8];

        Assert.Contains("UTF-8", Assert.Throws<InvalidModelException>(() => SafetensorsHeader.Parse(File, json, 8 + json.Length + 4)).Message);
    }

    [Theory]
    [InlineData("""{}""", 0)]
    [InlineData("""   {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}     """, 4)]
    [InlineData("""{"__metadata__":null,"a":{"data_offsets":[0,4],"later":{"x":[1]},"shape":[],"dtype":"F32"}}""", 4)]
    [InlineData("""{"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}""", 3)]
    public void Parse_WhatTheFormatAllows_IsAccepted(string header, int dataByteCount)
    {
        var json = Encoding.UTF8.GetBytes(header);

        var tensors = SafetensorsHeader.Parse(File, json, 8 + json.Length + dataByteCount);

        Assert.Equal(dataByteCount, tensors.Sum(tensor => tensor.ByteCount));
    }
}
