using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;

namespace Hedge.Host.Clients;

/// <summary>
/// Arguments that others must not see, in the slow log or in MONITOR's feed: names and passwords of
/// AUTH and HELLO, and passwords given to CONFIG SET. The command's declaration says where they stand.
/// </summary>
internal static class Redaction
{
    /// <summary>What is shown instead.</summary>
    public static ReadOnlySpan<byte> Replacement => "(redacted)"u8;

    /// <summary>True when the argument of the request must be hidden.</summary>
    public static bool Hides(Request request, int index) => request.Command!.Spec.Secrets switch
    {
        SecretArguments.All => index > 0,
        SecretArguments.AuthOption => IsCredential(request, index),
        SecretArguments.SecretSettings =>
            index > 2 && index % 2 == 1 && IsSecretSetting(request.Argument(index - 1)),
        _ => false,
    };

    // The options of HELLO: SETNAME has one argument, AUTH two.
    private static bool IsCredential(Request request, int index)
    {
        for (int option = 2; option < index; option++)
        {
            ReadOnlySpan<byte> word = request.Argument(option);
            if (AsciiText.EqualsIgnoreCase(word, "SETNAME"u8)) option++;
            else if (!AsciiText.EqualsIgnoreCase(word, "AUTH"u8)) continue;
            else if (index <= option + 2) return true;
            else option += 2;
        }

        return false;
    }

    private static bool IsSecretSetting(ReadOnlySpan<byte> name) =>
        SettingDeclarations.Find(Encoding.UTF8.GetString(name)) is { IsSecret: true };
}
