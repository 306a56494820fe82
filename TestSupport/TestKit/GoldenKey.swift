/// A key of Ed25519 that was made for tests with `ssh-keygen`, and is known to everybody.
package enum GoldenKey {
    /// The file of both halves, as OpenSSH writes it.
    package static let text = """
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
        QyNTUxOQAAACC3QHxE9cO+tArGmwGBTDG4NWBOZaO//zGx4GmUNEeOjAAAAJhXg/G9V4Px
        vQAAAAtzc2gtZWQyNTUxOQAAACC3QHxE9cO+tArGmwGBTDG4NWBOZaO//zGx4GmUNEeOjA
        AAAECHE7tebpRceqjsf9Y2S3MpJm0oQbzxda9BtKED1bF8NbdAfET1w760CsabAYFMMbg1
        YE5lo7//MbHgaZQ0R46MAAAADm1hZGUgZm9yIHRlc3RzAQIDBAUGBw==
        -----END OPENSSH PRIVATE KEY-----

        """

    /// The public half, as the `.pub` file has it behind the kind.
    package static let publicText =
        "AAAAC3NzaC1lZDI1NTE5AAAAILdAfET1w760CsabAYFMMbg1YE5lo7//MbHgaZQ0R46M"

    /// Bytes, and the signature that `openssl pkeyutl` makes of them, in base64.
    package static let signed = (
        text: "GET,https://registry.example/token?a=b,",
        signature:
            "h0q8/gVgnpHOJocifnUupPK8/866Uhas7aFCC8033/ks4G7eQT67uhzqgtFynoFdHqvOT1HJ7N754xrZ9iiV"
            + "Dw=="
    )

    /// A file that a password locks.
    package static let locked = """
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABD7LNEG8k
        tNr/yhb3Xqm4fpAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAICbVHFV27+KDvUiJ
        trlqYsGKF2yf2Qor/UhIVVQtX6P7AAAAoDTBa7dN874IznxfgMU6cMd5xlrK5qpfYtNPSu
        RiSf7UjH8Gvj6THtx+YL79TBe2/2DpKjUrbbJMOxBPF+Ehznm+YGGVeFPhca3Zqg4sqVAS
        b/YIxQy3a4rAuyGdPQcZu1oqqRqpKt/cRzAUAckV83T11FG+aMdOGIgbTyO5aTfrli4TcS
        mMCb2dE1uC9SfI+BO7qToDElUzOTwrcARQAQE=
        -----END OPENSSH PRIVATE KEY-----

        """

    /// The file of a key of another kind.
    package static let otherKind = """
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
        1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQT1EgxE/DlYiZ15lRO37aEcDTRuG+OR
        HPtG7xjy8z3UHMF57GQLWmgM5tkEkVi2OqgYPck2lJ2WGjODmINnQvWbAAAAoFbhgZtW4Y
        GbAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPUSDET8OViJnXmV
        E7ftoRwNNG4b45Ec+0bvGPLzPdQcwXnsZAtaaAzm2QSRWLY6qBg9yTaUnZYaM4OYg2dC9Z
        sAAAAgBtV1+WiDW1JRIlom5PW+evwgU84ZgZcxye7X2LLyC5MAAAABeAECAwQFBgc=
        -----END OPENSSH PRIVATE KEY-----

        """
}
