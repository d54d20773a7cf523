namespace Hedge.Resp;

/// <summary>A reply, or for <see cref="RequestPipeReader"/> a request, that is not of the protocol.</summary>
public sealed class RespProtocolException : Exception
{
    /// <summary>Without a message.</summary>
    public RespProtocolException()
    {
    }

    /// <summary>With what is wrong.</summary>
    public RespProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>With what is wrong and what led to it.</summary>
    public RespProtocolException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
