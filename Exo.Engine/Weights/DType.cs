namespace Exo.Engine.Weights;

/// <summary>How a tensor's elements are stored. Block formats hold a fixed number of elements in a fixed number of bytes.</summary>
public enum DType
{
    F32,
    F16,
    BF16,
    Q8_0,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
}
