namespace Hedge.Host.Access;

/// <summary>Why a user may not run a command. The greater one says more: it comes from the part of the user's
/// rights that lets more through.</summary>
internal enum DenialKind
{
    /// <summary>It may run.</summary>
    None,

    /// <summary>The command is not allowed.</summary>
    Command,

    /// <summary>A key is not allowed.</summary>
    Key,

    /// <summary>A password was wrong.</summary>
    Login,

    /// <summary>A channel is not allowed.</summary>
    Channel,
}

/// <summary>What stands in a command's way.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Index">The argument that is not allowed; 0 for the command itself.</param>
internal readonly record struct Denial(DenialKind Kind, int Index)
{
    /// <summary>The error reply to a request.</summary>
    public string Error(string command) => Kind switch
    {
        DenialKind.Command => $"NOPERM this user has no permissions to run the '{command}' command",
        DenialKind.Key => "NOPERM this user has no permissions to access one of the keys used as arguments",
        _ => "NOPERM this user has no permissions to access one of the channels used as arguments",
    };
}
