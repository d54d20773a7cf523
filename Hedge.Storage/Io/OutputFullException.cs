namespace Hedge.Storage.Io;

/// <summary>
/// A reply has outgrown <see cref="OutputBuffer.LengthMax"/>. Thrown while the reply is written. Who set
/// the limit catches it, removes what was written and replies with an error instead.
/// </summary>
public sealed class OutputFullException : Exception
{
    /// <summary>The exception.</summary>
    public OutputFullException()
        : base("The reply is longer than its buffer may get.")
    {
    }
}
