namespace Hedge.Host.Commands;

/// <summary>Error replies that several commands share; the texts are Redis's.</summary>
public static class ErrorText
{
    /// <summary>The key holds another type.</summary>
    public const string WrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

    /// <summary>A command has too few or too many arguments, or not pairs.</summary>
    /// <param name="name">Its name in lower case.</param>
    public static string WrongNumber(string name) => $"ERR wrong number of arguments for '{name}' command";

    /// <summary>An argument is not an integer.</summary>
    public const string NotInteger = "ERR value is not an integer or out of range";

    /// <summary>An argument is not a floating-point number.</summary>
    public const string NotFloat = "ERR value is not a valid float";

    /// <summary>An integer would leave 64 bits.</summary>
    public const string Overflow = "ERR increment or decrement would overflow";

    /// <summary>A floating-point number would be none any more.</summary>
    public const string NotFinite = "ERR increment would produce NaN or Infinity";

    /// <summary>The options do not parse.</summary>
    public const string Syntax = "ERR syntax error";

    /// <summary>CLIENT UNBLOCK … ERROR has ended the command's wait.</summary>
    public const string Unblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

    /// <summary>No such key.</summary>
    public const string NoSuchKey = "ERR no such key";

    /// <summary>A string would grow past 512 MiB.</summary>
    public const string StringTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

    /// <summary>There is no memory for what the command would write.</summary>
    public const string NoRoom = "OOM command not allowed when used memory > 'maxmemory'.";

    /// <summary>A reply is longer than any may be.</summary>
    public const string ReplyTooLong = "ERR the reply is longer than 2 GB";

    /// <summary>A transaction's command shows more of a collection than is kept for it.</summary>
    public const string ReplyTooLongInTransaction =
        "ERR the reply is too long for a transaction: run the command by itself";

    /// <summary>A database number is out of range.</summary>
    public const string DatabaseOutOfRange = "ERR DB index is out of range";
}
