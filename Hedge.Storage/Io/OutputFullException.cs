namespace Hedge.Storage.Io;

/// <summary>
/// A reply has outgrown <see cref="OutputBuffer.LengthMax"/>: thrown in the midst of writing it, and caught
/// by whoever set the limit, who takes back what was written and answers an error instead.
/// </summary>
public sealed class OutputFullException : Exception
{
    /// <summary>The exception.</summary>
    public OutputFullException()
        : base("The reply is longer than its buffer may get.")
    {
    }
}
