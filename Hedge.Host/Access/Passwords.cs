using System.Security.Cryptography;

namespace Hedge.Host.Access;

/// <summary>New passwords.</summary>
internal static class Passwords
{
    /// <summary>A password of so many hexadecimal digits that nobody can guess.</summary>
    public static string Make(int digits) => RandomNumberGenerator.GetHexString(digits, lowercase: true);
}
